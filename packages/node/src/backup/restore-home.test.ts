import { appendFile, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { codeOf } from '@intelmesh/protocol'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest'
import { homePaths } from '../home/index.ts'
import { createAco } from '../set-up-home.ts'
import { openStore } from '../store/index.ts'
import { checkBackup, restoreHome } from './restore-home.ts'
import { writeBackup } from './write-backup.ts'

const NEVER = new AbortController().signal

let folder: string
let home: string
let backup: string
let whole: Uint8Array

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'intelmesh-restore-'))
  home = join(folder, 'home')
  backup = join(folder, 'backup')
  await createAco({
    home,
    name: 'Test ACO',
    cluster: 'finance.eu',
    settings: {},
    protection: { kind: 'plain' },
  })
  await using store = await openStore({ path: homePaths(home).store })
  await writeBackup(
    backup,
    { paths: homePaths(home), store: store.dump(NEVER) },
    { at: Date.UTC(2030, 0, 1), mayReplace: false, signal: NEVER },
  )
  whole = await readFile(backup)
})
afterAll(() => rm(folder, { recursive: true }))

describe(restoreHome, () => {
  it('gives back the home, private, with a store of its own that is whole', async () => {
    const target = join(folder, 'deep', 'restored')
    const restored = await restoreHome(backup, target, NEVER)
    expect(restored).toMatchObject({
      home: target,
      organisation: { name: 'Test ACO' },
      made: '2030-01-01T00:00:00.000Z',
      isAco: true,
    })
    expect(restored.rows).toBeGreaterThan(0)
    for (const name of ['intelmesh.toml', 'certificates', 'node.key', 'root.key']) {
      expect(await readFile(join(target, name)), name).toEqual(await readFile(join(home, name)))
      expect((await stat(join(target, name))).mode & 0o777, name).toBe(0o600)
    }
    expect(await readdir(join(target, 'kem'))).toEqual(await readdir(join(home, 'kem')))
    expect((await stat(target)).mode & 0o777).toBe(0o700)
    await using store = await openStore({ path: homePaths(target).store })
    await using before = await openStore({ path: homePaths(home).store })
    expect(store.id).not.toBe(before.id)
    expect(store.counts).toEqual(before.counts)
  })

  it('puts the operator key of an ACO aside, so that no beacon is signed twice', async () => {
    const target = join(folder, 'aco')
    const { operatorKeyAside = '' } = await restoreHome(backup, target, NEVER)
    expect(await readFile(operatorKeyAside)).toEqual(await readFile(join(home, 'operator.key')))
    expect(await readdir(target)).not.toContain('operator.key')
  })

  it('takes an empty folder, which may be where a volume is mounted', async () => {
    const target = join(folder, 'empty')
    await mkdir(target)
    await restoreHome(backup, target, NEVER)
    expect(await readdir(target)).toContain('node.key')
  })

  test.for([['node.key'], ['anything'], ['.hidden']] as const)(
    'takes no folder with a %s',
    async ([name]) => {
      const target = join(folder, `full-${name}`)
      await mkdir(target)
      await writeFile(join(target, name), 'kept')
      expect(await codeWhen(restoreHome(backup, target, NEVER))).toBe('HOME_EXISTS')
      expect(await readdir(target)).toEqual([name])
    },
  )

  it('takes no file for a folder', async () => {
    expect(await codeWhen(restoreHome(backup, backup, NEVER))).toBe('HOME_EXISTS')
    expect(await readFile(backup)).toEqual(whole)
  })

  it('leaves nothing of a backup that is not whole', async () => {
    const [bent, target] = [join(folder, 'bent'), join(folder, 'never')]
    await fc.assert(
      fc.asyncProperty(fc.nat(whole.length - 1), fc.boolean(), async (at, isCut) => {
        const bytes = Uint8Array.from(whole)
        bytes[at] = (bytes[at] ?? 0) ^ 1
        await writeFile(bent, isCut ? bytes.subarray(0, at) : bytes)
        expect(await codeWhen(restoreHome(bent, target, NEVER))).toMatch(/^BACKUP_/)
        await expect(readdir(target)).rejects.toThrow()
      }),
      { numRuns: 25 },
    )
  })

  it('leaves nothing when it is stopped', async () => {
    const target = join(folder, 'stopped')
    await expect(restoreHome(backup, target, AbortSignal.abort())).rejects.toThrow()
    await expect(readdir(target)).rejects.toThrow()
  })
})

describe(checkBackup, () => {
  it('says what a backup holds and leaves nothing', async () => {
    const before = await readdir(folder)
    expect(await checkBackup(backup, NEVER)).toMatchObject({ cluster: 'finance.eu', isAco: true })
    expect(await readdir(folder)).toEqual(before)
  })

  it('finds what is not as it was written, and leaves nothing', async () => {
    const longer = join(folder, 'longer')
    await writeFile(longer, whole)
    await appendFile(longer, 'x')
    const before = await readdir(folder)
    expect(await codeWhen(checkBackup(longer, NEVER))).toMatch(/^BACKUP_/)
    expect(await readdir(folder)).toEqual(before)
  })
})

async function codeWhen(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => 'none',
    (error: unknown) => codeOf(error) ?? String(error),
  )
}
