import { execFileSync } from 'node:child_process'
import {
  appendFile,
  mkdir,
  mkdtemp,
  open,
  rename,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { ApiError } from '@intelmesh/node'
import { afterEach, beforeEach, describe, expect, it, test } from 'vitest'
import type { ByteSource } from '../publish/open-input.ts'
import { createTally, type Summary } from '../publish/tally.ts'
import { NOW } from '../testing/test-context.ts'
import { folderHints } from './folder-hints.ts'
import { filesOpenForWriting, type OpenFiles } from './open-files.ts'
import { type FileReport, watchFolder, type WatchRequest } from './watch-folder.ts'
import { openWatchState } from './watch-state.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'watch-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const write = (name: string, content: string): Promise<void> => writeFile(join(folder, name), content)

const NOTHING_OPEN: OpenFiles = { has: () => false }

/** Remembers what it published. Its clock goes on by waiting. */
function watcher(changes: Partial<WatchRequest> = {}, openFiles = () => Promise.resolve(NOTHING_OPEN)) {
  const published: string[] = []
  const told: string[] = []
  let now = NOW
  async function publish(source: ByteSource): Promise<Summary> {
    const content = (await text(source.pieces() as never)).trim()
    published.push(`${source.name}: ${content}`)
    return createTally().summary()
  }
  const report = (name: string, what: FileReport): void => {
    if (what.kind === 'skipped') told.push(`${name} ${what.skipped.code}`)
    if (what.kind === 'delayed') told.push(`${name} ${what.code}`)
  }
  async function run(signal: AbortSignal = new AbortController().signal): Promise<void> {
    const state = await openWatchState(folder, 'drop')
    const request = { folder, settleMs: 0, once: true, publish, report, ...changes }
    const hints = { wait: (ms: number) => Promise.resolve(void (now += ms)) }
    await watchFolder(request, { state, hints, openFiles }, { now: () => now, signal })
  }
  return { run, publish, published, told }
}

describe(watchFolder, () => {
  it('publishes each file once, across restarts, and again when it has changed', async () => {
    const { run, published } = watcher()
    await write('b.txt', 'two\n')
    await write('a.txt', 'one\n')
    await run()
    await run()
    expect(published).toEqual(['a.txt: one', 'b.txt: two'])
    await write('a.txt', 'one\nmore\n')
    await utimes(join(folder, 'b.txt'), 1, 1)
    await write('c.part', 'three\n')
    await rename(join(folder, 'c.part'), join(folder, 'c.txt'))
    await run()
    expect(published.slice(2)).toEqual(['a.txt: one\nmore', 'c.txt: three'])
  })

  it('publishes a file again that came back with something else', async () => {
    const { run, published } = watcher()
    await write('a.txt', 'one\n')
    await run()
    await rm(join(folder, 'a.txt'))
    await run()
    await write('a.txt', 'two\n')
    await run()
    expect(published).toEqual(['a.txt: one', 'a.txt: two'])
  })

  it('leaves alone what is hidden, unfinished by name, a folder, or no file', async () => {
    const { run, published, told } = watcher()
    for (const name of ['.hidden', 'a.tmp', 'b.part', 'c~', 'd.txt']) await write(name, 'x\n')
    await mkdir(join(folder, 'sub'))
    await writeFile(join(folder, 'sub', 'e.txt'), 'x\n')
    await symlink('/etc/passwd', join(folder, 'link.txt'))
    execFileSync('mkfifo', [join(folder, 'pipe.txt')])
    await write('empty.txt', '')
    await run()
    expect(published).toEqual(['d.txt: x'])
    expect(told).toEqual(['empty.txt FILE_EMPTY', 'link.txt FILE_NOT_REGULAR', 'pipe.txt FILE_NOT_REGULAR'])
  })

  it('takes a file whose name means something to JavaScript', async () => {
    const { run, published } = watcher()
    await write('__proto__', 'x\n')
    await run()
    await run()
    expect(published).toEqual(['__proto__: x'])
  })

  it('waits until a file is quiet, and longer for one without a last line end', async () => {
    const stopping = new AbortController()
    const [{ publish }, started] = [watcher(), NOW]
    const taken: [string, number][] = []
    let [now, waits] = [started, 0]
    const state = await openWatchState(folder, 'drop')
    const hints = {
      async wait(ms: number) {
        now += ms
        if (++waits === 3) await appendFile(join(folder, 'a.txt'), 'more\n')
      },
    }
    async function publishAt(source: ByteSource) {
      taken.push([source.name, now - started])
      if (taken.length === 3) stopping.abort()
      return publish(source)
    }
    await write('a.txt', 'one\n')
    await write('b.txt', 'two\n')
    await write('c.txt', 'half a li')
    const request = { folder, settleMs: 4_000, once: false, publish: publishAt, report: () => {} }
    const components = { state, hints, openFiles: () => Promise.resolve(NOTHING_OPEN) }
    await watchFolder(request, components, { now: () => now, signal: stopping.signal })
    expect(taken).toEqual([
      ['b.txt', 4_000],
      ['a.txt', 7_000],
      ['c.txt', 40_000],
    ])
  })

  it('does not take a file that somebody has open for writing', async () => {
    await write('a.txt', 'one\n')
    await write('b.txt', 'two\n')
    const { ino } = await stat(join(folder, 'a.txt'))
    const isOpen = { has: (file: { readonly ino: number }) => file.ino === ino }
    const { run, published, told } = watcher({ settleMs: 4_000 }, () => Promise.resolve(isOpen))
    await run()
    expect(published).toEqual(['b.txt: two'])
    expect(told).toEqual(['a.txt FILE_BUSY'])
  })

  it('offers a file again that changed while it was read', async () => {
    const { publish, published } = watcher()
    const growing = watcher({
      async publish(source) {
        const summary = await publish(source)
        if (published.length === 1) await appendFile(join(folder, 'a.txt'), 'two\n')
        return summary
      },
    })
    await write('a.txt', 'one\n')
    await growing.run()
    expect(published).toEqual(['a.txt: one', 'a.txt: one\ntwo'])
  })

  it('goes on until it is stopped, and finds what appears', async () => {
    const stopping = new AbortController()
    const { publish, published } = watcher()
    const watching = watcher({
      once: false,
      async publish(source) {
        const summary = await publish(source)
        if (published.length === 1) await write('b.txt', 'two\n')
        else stopping.abort()
        return summary
      },
    })
    await write('a.txt', 'one\n')
    await watching.run(stopping.signal)
    expect(published).toEqual(['a.txt: one', 'b.txt: two'])
  })

  it('goes on to the next file when a node cannot take one, and does not offer it again', async () => {
    const failing = watcher({ publish: () => Promise.reject(new ApiError('INTERNAL', 'no')) })
    await write('a.txt', 'one\n')
    await failing.run()
    expect(failing.told).toEqual(['a.txt FILE_REFUSED'])
    const { run, published } = watcher()
    await run()
    expect(published).toEqual([])
  })

  test.for(['API_UNREACHABLE', 'API_UNAUTHORISED'] as const)(
    'ends with %s when it is to end anyway',
    async (code) => {
      const { run } = watcher({ publish: () => Promise.reject(new ApiError(code, 'no')) })
      await write('a.txt', 'one\n')
      await expect(run()).rejects.toMatchObject({ code })
    },
  )

  it('waits for a node that is away, and says so once', async () => {
    const stopping = new AbortController()
    let calls = 0
    const { run, told } = watcher({
      once: false,
      async publish() {
        calls += 1
        if (calls === 2) stopping.abort()
        throw new ApiError('API_UNREACHABLE', 'no')
      },
    })
    await write('a.txt', 'one\n')
    await run(stopping.signal)
    expect(calls).toBe(2)
    expect(told).toEqual(['a.txt API_UNREACHABLE'])
  })
})

describe(openWatchState, () => {
  const path = (): string => join(folder, '.intelmesh-watch.json')

  it('refuses a folder of another feed, and a state that is none', async () => {
    await openWatchState(folder, 'mistyped')
    const state = await openWatchState(folder, 'one')
    state.put({ name: 'a', sha256: '', size: 0, mtimeMs: 0, ino: 0, dev: 0 })
    await state.save()
    await expect(openWatchState(folder, 'two')).rejects.toMatchObject({ code: 'USAGE' })
    for (const content of ['', '{}', '{"version":1,"feed":"one","files":[{"name":7}]}', 'null', '[]']) {
      await writeFile(path(), content)
      await expect(openWatchState(folder, 'one'), content).rejects.toMatchObject({
        code: 'WATCH_STATE_DAMAGED',
      })
    }
  })

  it('follows no link, and waits for no pipe', async () => {
    execFileSync('mkfifo', [path()])
    await expect(openWatchState(folder, 'one')).rejects.toMatchObject({ code: 'WATCH_STATE_DAMAGED' })
    await rm(path())
    await writeFile(join(folder, 'elsewhere'), '{"version":1,"feed":"one","files":[]}')
    await symlink('elsewhere', path())
    await expect(openWatchState(folder, 'one')).rejects.toMatchObject({ code: 'WATCH_STATE_DAMAGED' })
  })
})

describe(folderHints, () => {
  it('ends waiting when something happens, and with the signal', async () => {
    using hints = folderHints(folder)
    const hour = 3_600_000
    const waiting = hints.wait(hour, new AbortController().signal)
    await write('a.txt', 'x')
    await waiting
    await write('b.txt', 'x')
    await hints.wait(hour, new AbortController().signal)
    await hints.wait(hour, AbortSignal.abort())
  })
})

describe(filesOpenForWriting, () => {
  it.runIf(process.platform === 'linux')('finds what is written, and not what is read', async () => {
    await write('a', 'x')
    await write('b', 'x')
    await using reading = await open(join(folder, 'a'), 'r')
    await using writing = await open(join(folder, 'b'), 'a')
    const open_ = await filesOpenForWriting()
    expect([open_.has(await reading.stat()), open_.has(await writing.stat())]).toEqual([false, true])
  })

  it('knows of nothing where no system tells', async () => {
    await write('a', 'x')
    await using writing = await open(join(folder, 'a'), 'a')
    expect((await filesOpenForWriting(folder)).has(await writing.stat())).toBe(false)
  })
})
