import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ensureToken } from './api-token.ts'
import { homePaths } from './home-paths.ts'
import { lockHome } from './lock-home.ts'
import { findOwner } from './owner.ts'
import { writePrivateFile } from './private-file.ts'
import { isAlive, ownIdentity, parseIdentity } from './process-identity.ts'

const NEW = { mayCreate: true }
let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'home-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

function paths() {
  return homePaths(join(folder, 'home'))
}

async function modeOf(path: string): Promise<number> {
  return (await stat(path)).mode & 0o777
}

describe(lockHome, () => {
  it('refuses a second owner, naming the first', async () => {
    await using _lock = await lockHome(paths(), NEW)
    const second = lockHome(paths(), NEW)
    await expect(second).rejects.toMatchObject({
      code: 'HOME_IN_USE',
      message: expect.stringContaining(String(process.pid)),
    })
  })

  it('lets one of many at once have it, again and again', async () => {
    for (let round = 0; round < 20; round += 1) {
      const tries = await Promise.allSettled(Array.from({ length: 8 }, () => lockHome(paths(), NEW)))
      const won = tries.flatMap((attempt) => (attempt.status === 'fulfilled' ? [attempt.value] : []))
      expect(won.length, `round ${round}`).toBe(1)
      await won[0]?.[Symbol.asyncDispose]()
    }
  })

  it('is free after its owner gave it back, and after giving it back twice', async () => {
    const first = await lockHome(paths(), NEW)
    await first[Symbol.asyncDispose]()
    await using _second = await lockHome(paths(), NEW)
    await first[Symbol.asyncDispose]()
    await expect(lockHome(paths(), NEW)).rejects.toMatchObject({ code: 'HOME_IN_USE' })
  })

  it('is free after its owner was killed, and leaves no heap of old locks', async () => {
    for (let round = 0; round < 3; round += 1) {
      const child = spawn(
        process.execPath,
        ['--conditions=source', '--input-type=module', '-e', HOLDER, folder],
        {
          stdio: ['ignore', 'pipe', 'inherit'],
        },
      )
      await once(child.stdout, 'data')
      await expect(lockHome(paths(), NEW)).rejects.toMatchObject({ code: 'HOME_IN_USE' })
      expect(await findOwner(paths())).toBeUndefined()
      child.kill('SIGKILL')
      await once(child, 'exit')
      await using _lock = await lockHome(paths(), NEW)
    }
    expect((await readdir(paths().locks)).length).toBe(1)
  })

  it('is free after a process of the same pid, started at another time', async () => {
    await mkdir(paths().locks, { recursive: true })
    await writeFile(join(paths().locks, '3'), JSON.stringify({ pid: process.pid, startedAt: '1' }))
    await using _lock = await lockHome(paths(), NEW)
    expect(await readdir(paths().locks)).toEqual(['4'])
  })

  it('takes no home that is not one', async () => {
    await expect(lockHome(paths(), { mayCreate: false })).rejects.toMatchObject({ code: 'HOME_MISSING' })
    await expect(stat(paths().home)).rejects.toMatchObject({ code: 'ENOENT' })
  })

  it('makes folders that only their owner may enter', async () => {
    await using _lock = await lockHome(paths(), NEW)
    expect(await modeOf(paths().home)).toBe(0o700)
    expect(await modeOf(paths().locks)).toBe(0o700)
  })
})

const HOLDER = `
  const { homePaths } = await import('${new URL('./home-paths.ts', import.meta.url).href}')
  const { lockHome } = await import('${new URL('./lock-home.ts', import.meta.url).href}')
  await lockHome(homePaths(process.argv[1] + '/home'), { mayCreate: true })
  console.log('held')
  setInterval(() => {}, 1000)
`

describe(findOwner, () => {
  it('finds the API of a live owner, and nothing once it is gone', async () => {
    const token = await (async () => {
      await using lock = await lockHome(paths(), NEW)
      const made = await ensureToken(paths())
      expect(await findOwner(paths())).toBeUndefined()
      await lock.announce('http://127.0.0.1:1')
      expect(await findOwner(paths())).toEqual({
        pid: process.pid,
        apiAddress: 'http://127.0.0.1:1',
        token: made,
      })
      expect(await modeOf(paths().run)).toBe(0o600)
      return made
    })()
    expect(await findOwner(paths())).toBeUndefined()
    expect(await ensureToken(paths())).toBe(token)
  })

  it('does not take a stale run.json for an owner', async () => {
    await mkdir(paths().home)
    await ensureToken(paths())
    const dead = execFileSync(process.execPath, ['-e', 'console.log(process.pid)'], {
      encoding: 'utf8',
    }).trim()
    for (const run of [
      { pid: Number(dead), apiAddress: 'http://127.0.0.1:1' },
      { pid: process.pid, startedAt: '1', apiAddress: 'http://127.0.0.1:1' },
      { pid: -1, apiAddress: 'http://127.0.0.1:1' },
      { pid: process.pid },
    ]) {
      await writeFile(paths().run, JSON.stringify(run))
      expect(await findOwner(paths()), JSON.stringify(run)).toBeUndefined()
    }
    for (const text of ['', '{', 'null', '[]', '7']) {
      await writeFile(paths().run, text)
      expect(await findOwner(paths()), text).toBeUndefined()
    }
  })
})

describe(ensureToken, () => {
  it('replaces a token that others could read', async () => {
    await mkdir(paths().home)
    const first = await ensureToken(paths())
    await chmod(paths().token, 0o644)
    const second = await ensureToken(paths())
    expect(second).not.toBe(first)
    expect(await modeOf(paths().token)).toBe(0o600)
    expect(Buffer.from(second, 'base64url').length).toBe(32)
  })
})

describe(writePrivateFile, () => {
  it('replaces a file whole and leaves no draft', async () => {
    const path = join(folder, 'file')
    await writeFile(path, 'old and longer', { mode: 0o644 })
    await writePrivateFile(path, 'new')
    expect(await readFile(path, 'utf8')).toBe('new')
    expect(await modeOf(path)).toBe(0o600)
    await expect(writePrivateFile(join(folder, 'missing', 'file'), 'x')).rejects.toMatchObject({
      code: 'ENOENT',
    })
    expect(await readdir(folder)).toEqual(['file'])
  })
})

describe(isAlive, () => {
  it('knows this process, and none that was never there', () => {
    expect(isAlive(ownIdentity())).toBe(true)
    expect(isAlive({ pid: 2 ** 31 })).toBe(false)
    expect(isAlive({ pid: 0 })).toBe(false)
    expect(parseIdentity(JSON.stringify(ownIdentity()))).toEqual(ownIdentity())
  })
})
