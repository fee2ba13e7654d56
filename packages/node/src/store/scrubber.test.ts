import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { utf8Bytes } from '@intelmesh/protocol'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type Database, openDatabase } from './database.ts'
import { StoreError } from './errors.ts'
import { createScrubber, type Scrubber, type ScrubberComponents } from './scrubber.ts'
import { readScrubs, scrubRow } from './scrub-rows.ts'

const MARKER = 'Kq7Wz3XbV9'
const lazily = { sync: false } as const

let folder: string
let database: Database
let scrubber: Scrubber

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'store-'))
  database = await openDatabase(join(folder, 'level'), { create: true })
  scrubber = over({})
})

afterEach(async () => {
  vi.useRealTimers()
  await scrubber.close()
  await database[Symbol.asyncDispose]()
  await rm(folder, { recursive: true })
})

describe(createScrubber, () => {
  it('reaches a row that was written and deleted in one file, with nothing of its range below', async () => {
    // Two files deep down, on either side of the row.
    for (const key of ['a', 'z']) {
      await put(key, 'old')
      await database.compact()
    }
    for (const key of ['a', 'm', 'z']) await put(key, MARKER)
    for (const key of ['a', 'z']) await put(key, 'new')
    await erase('m')
    await database.compact()
    expect(await hasMarker()).toBe(true)
    await scrubber.done()
    expect(await hasMarker()).toBe(false)
    expect(Buffer.from((await database.get('meta', Buffer.from('z'))) ?? []).toString()).toBe('new')
  })

  it('waits for readers from before the deletion', async () => {
    await put('m', MARKER)
    const reader = database.snapshot()
    await erase('m')
    scrubber = endingAtBarrier(1, () => reader[Symbol.asyncDispose](), {})
    await scrubber.done()
    expect(await hasMarker()).toBe(false)
  })

  it('waits for readers of the files that were rewritten, and has them deleted', async () => {
    await put('m', MARKER)
    await erase('m')
    const reader = database.entries('scrubs', {})[Symbol.asyncIterator]()
    scrubber = endingAtBarrier(2, () => reader.return?.(), {
      async compact(range) {
        if (range !== undefined) await reader.next()
        await database.compact(range)
      },
    })
    await scrubber.done()
    expect(await hasMarker()).toBe(false)
  })

  it('keeps the note when it fails, and does it the next time', async () => {
    await put('m', MARKER)
    await erase('m')
    let hasRoom = false
    scrubber = createScrubber({
      database,
      async assertRoom() {
        if (!hasRoom) throw new StoreError('STORE_FULL', 'no room')
      },
    })
    scrubber.wake()
    await expect(scrubber.done()).rejects.toMatchObject({ code: 'STORE_FULL' })
    hasRoom = true
    await scrubber.done()
    expect(await hasMarker()).toBe(false)
    expect(await readScrubs(database)).toEqual({ last: undefined, ranges: [] })
  })

  it('keeps a note that came while it was at work', async () => {
    await put('m', MARKER)
    await erase('m')
    let passes = 0
    scrubber = over({
      async compact(range) {
        await database.compact(range)
        if (range === undefined || ++passes > 1) return
        await put('m', MARKER)
        await erase('m', 2)
        void scrubber.done()
      },
    })
    await scrubber.done()
    expect(passes).toBe(2)
    expect(await hasMarker()).toBe(false)
  })

  it('rests after a pass, whoever wakes it, and then goes on', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    let begun = 0
    scrubber = over({
      entries(table, range) {
        begun++
        return database.entries(table, range)
      },
    })
    await scrubber.done()
    await put('m', MARKER)
    await erase('m')
    scrubber.wake()
    scrubber.wake()
    expect(begun).toBe(1)
    vi.runAllTimers()
    expect(begun).toBe(2)
    await scrubber.done()
    expect(await hasMarker()).toBe(false)
  })

  it('makes one range of many of a table', async () => {
    const keys = Array.from({ length: 40 }, (_, i) => `k${String(i).padStart(2, '0')}`)
    for (const key of keys.toReversed()) await erase(key)
    await database.write([scrubRow(1, 'ledger', Buffer.from('b'))], lazily)
    const { ranges } = await readScrubs(database)
    expect(ranges.map(({ table }) => table).toSorted()).toEqual(['ledger', 'meta'])
    for (const { table, from, to } of ranges) {
      const [first, last] = table === 'meta' ? ['k00', 'k39'] : ['b', 'b']
      expect(Buffer.compare(from, Buffer.from(first)), table).toBe(-1)
      expect(Buffer.compare(Buffer.from(last), to), table).toBe(-1)
    }
  })

  it('tells of ids no more than their beginnings', async () => {
    const id = new Uint8Array(32).map((_, i) => i + 1)
    await database.write([scrubRow(1, 'ids', id)], lazily)
    const { ranges } = await readScrubs(database)
    expect(Buffer.compare(ranges[0]?.from ?? id, id)).toBe(-1)
    expect(Buffer.compare(id, ranges[0]?.to ?? id)).toBe(-1)
    for (const { from, to } of ranges) expect(Math.max(from.length, to.length)).toBeLessThan(16)
  })
})

function over(changed: Partial<ScrubberComponents['database']>): Scrubber {
  return createScrubber({ database: { ...database, ...changed }, assertRoom: async () => undefined })
}

/** A scrubber that a reader keeps waiting: it ends when it was waited for so many times. */
function endingAtBarrier(
  number: number,
  end: () => unknown,
  changed: Partial<ScrubberComponents['database']>,
): Scrubber {
  let barriers = 0
  return over({
    ...changed,
    async readersGone() {
      const gone = database.readersGone()
      if (++barriers === number) await end()
      await gone
    },
  })
}

function put(key: string, text: string): Promise<void> {
  return database.write([{ table: 'meta', key: Buffer.from(key), value: utf8Bytes(text) }], lazily)
}

function erase(key: string, commit = 1): Promise<void> {
  const name = Buffer.from(key)
  return database.write(
    [{ table: 'meta', key: name, value: undefined }, scrubRow(commit, 'meta', name)],
    lazily,
  )
}

async function hasMarker(): Promise<boolean> {
  const level = join(folder, 'level')
  const files = await Promise.all((await readdir(level)).map((name) => readFile(join(level, name))))
  return files.some((bytes) => bytes.includes(MARKER))
}
