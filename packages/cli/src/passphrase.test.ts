import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { KeyProtection, NodeApi } from '@intelmesh/node'
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest'
import { chooseProtection, passphraseSource } from './passphrase.ts'
import { runTest, type TestWorld } from './testing/test-context.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'passphrase-'))
  await writeFile(join(folder, 'file'), 'from file\nsecond line\n')
  await writeFile(join(folder, 'empty'), '\n')
  await writeFile(join(folder, 'large'), 'x'.repeat(2000))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** How `aco init` or `join` would protect the key. */
async function protectionOf(argv: readonly string[], world: TestWorld) {
  let protection: KeyProtection | undefined
  const identity = {
    cluster: 'x.y',
    fingerprint: 'f',
    organisation: { id: 'o', name: 'n' },
    node: 'n',
    rootKey: 'r',
    certificate: { id: 'c', expires: 'e' },
  }
  const keep = (home: { readonly protection: KeyProtection }) => {
    protection = home.protection
    return Promise.resolve(identity)
  }
  const { exit, err } = await runTest(argv, { ...world, node: { createAco: keep, join: keep } })
  const passphrase =
    protection?.kind === 'passphrase' ? new TextDecoder().decode(protection.passphrase) : protection?.kind
  return { exit, err, passphrase }
}

const init = ['aco', 'init', '--name', 'ACO', '--cluster', 'finance.eu']

describe(chooseProtection, () => {
  it('asks twice', async () => {
    expect(await protectionOf(init, { answers: ['typed', 'typed'] })).toMatchObject({
      exit: 0,
      passphrase: 'typed',
    })
    expect(await protectionOf(init, { answers: ['typed', 'other'] })).toMatchObject({
      exit: 2,
      passphrase: undefined,
    })
    expect(await protectionOf(init, { answers: ['', ''] })).toMatchObject({ exit: 2, passphrase: undefined })
  })

  it('exits 2 where there is nobody to ask, naming both ways', async () => {
    const { exit, err } = await protectionOf(init, {})
    expect(exit).toBe(2)
    for (const way of ['--passphrase-file', 'INTELMESH_PASSPHRASE_FILE', '--key-file'])
      expect(err).toContain(way)
  })

  it('takes the first line of a file, of standard input, or of the file that the environment names', async () => {
    const path = join(folder, 'file')
    expect(await protectionOf([...init, '--passphrase-file', path], {})).toMatchObject({
      passphrase: 'from file',
    })
    expect(await protectionOf([...init, '--passphrase-file', '-'], { input: 'piped\r\n' })).toMatchObject({
      passphrase: 'piped',
    })
    const environment = { INTELMESH_PASSPHRASE_FILE: path }
    expect(await protectionOf(init, { environment })).toMatchObject({ passphrase: 'from file' })
  })

  it('leaves keys plain when told so, and for members by default', async () => {
    expect(await protectionOf([...init, '--key-file'], {})).toMatchObject({ exit: 0, passphrase: 'plain' })
    expect(await protectionOf(['join', 'imesh1:x'], {})).toMatchObject({ exit: 0, passphrase: 'plain' })
    const path = join(folder, 'file')
    expect(await protectionOf(['join', 'imesh1:x', '--passphrase-file', path], {})).toMatchObject({
      passphrase: 'from file',
    })
  })

  test.for(['empty', 'large', 'missing'])('exits 2 for a passphrase file that is %s', async (name) => {
    expect(await protectionOf([...init, '--passphrase-file', join(folder, name)], {})).toMatchObject({
      exit: 2,
    })
  })

  it('refuses to be told both', async () => {
    expect(
      await protectionOf([...init, '--key-file', '--passphrase-file', '-'], { input: 'x' }),
    ).toMatchObject({ exit: 2 })
    expect(await protectionOf(['join', '-', '--passphrase-file', '-'], { input: 'x' })).toMatchObject({
      exit: 2,
    })
  })
})

describe(passphraseSource, () => {
  const api = { status: () => Promise.reject(new Error('reached')) } as unknown as NodeApi

  /** Opens a home whose key wants its passphrase. */
  async function opened(argv: readonly string[], world: TestWorld) {
    let passphrase: string | undefined
    const { exit, err } = await runTest(argv, {
      ...world,
      node: {
        async openHome(access) {
          passphrase = new TextDecoder().decode(await access.passphrase())
          return { api, [Symbol.asyncDispose]: () => Promise.resolve() }
        },
      },
    })
    return { exit, err, passphrase }
  }

  it('asks once, reads a file, or says how to give it', async () => {
    expect(await opened(['status'], { answers: ['typed'] })).toMatchObject({ passphrase: 'typed' })
    expect(await opened(['status', '--passphrase-file', join(folder, 'file')], {})).toMatchObject({
      passphrase: 'from file',
    })
    expect(await opened(['status'], {})).toMatchObject({
      exit: 2,
      passphrase: undefined,
      err: expect.stringContaining('INTELMESH_PASSPHRASE_FILE'),
    })
  })

  it('never asks when a running node answers', async () => {
    const { err } = await runTest(['status'], { api, isRunning: true, answers: [] })
    expect(err).toContain('reached')
  })
})
