import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { toHex } from '@intelmesh/protocol'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { kemNamed } from '../../../../test/support/authority/test-aco.ts'
import { codeWhen } from '../../../../test/support/authority/test-newcomer.ts'
import { homePaths, type HomePaths } from '../home/index.ts'
import { readKemKeys, writeKemKey } from './kem-file.ts'

let paths: HomePaths

beforeEach(async () => {
  paths = homePaths(await mkdtemp(join(tmpdir(), 'kem-')))
})

afterEach(() => rm(paths.home, { recursive: true }))

describe(writeKemKey, () => {
  it('keeps each key in a file of its own that nobody else reads', async () => {
    const pairs = ['one', 'two', 'three'].map(kemNamed)
    for (const pair of pairs) await writeKemKey(paths, pair)
    const folder = join(paths.home, 'kem')
    const ids = pairs.map(({ key }) => toHex(key.id)).toSorted()
    expect((await readdir(folder)).toSorted()).toEqual(ids.map((id) => `${id}.key`))
    for (const name of await readdir(folder)) expect((await stat(join(folder, name))).mode & 0o077).toBe(0)
    const held = await readKemKeys(paths)
    expect(held.map(({ key }) => toHex(key.id))).toEqual(ids)
    for (const pair of pairs) expect(held.map(({ key }) => key)).toContainEqual(pair.key)
  })

  it('writes over no key', async () => {
    await writeKemKey(paths, kemNamed('one'))
    expect(await codeWhen(writeKemKey(paths, kemNamed('one')))).not.toBe('no error')
    expect(await readKemKeys(paths)).toHaveLength(1)
  })
})

describe(readKemKeys, () => {
  it('finds none in a home that never had one, and passes over other files', async () => {
    expect(await readKemKeys(paths)).toEqual([])
    await writeKemKey(paths, kemNamed('one'))
    await writeFile(join(paths.home, 'kem', 'notes.txt'), 'no key')
    expect(await readKemKeys(paths)).toHaveLength(1)
  })

  it('does not pass over a key that cannot be read', async () => {
    await writeKemKey(paths, kemNamed('one'))
    await writeFile(join(paths.home, 'kem', '00.key'), 'no key', { mode: 0o600 })
    expect(await codeWhen(readKemKeys(paths))).toBe('HOME_DAMAGED')
  })
})
