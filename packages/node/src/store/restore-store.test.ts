import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { encodeDumpedRow, encodeDumpEnd, encodeDumpHead } from './dump-format.ts'
import type { Store } from './interface.ts'
import { sealValue } from './sealed-row.ts'
import { createStore, openStore } from './open-store.ts'
import { restoreStore } from './restore-store.ts'
import { hashOf, sampleHeader, sampleRecord, START } from './testing/sample-rows.ts'

const ID = '0'.repeat(32)
const OTHER = 'a'.repeat(32)
const signal = new AbortController().signal

let folder: string
let store: Store
/** The bytes of a dump. */
let dump: Buffer
let trials = 0

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'store-'))
  await createStore({ path: join(folder, 'store'), id: ID, createdAt: START })
  store = await openStore({ path: join(folder, 'store') })
  const records = Array.from({ length: 12 }, (_, i) => sampleRecord(i, { references: [`x--${i}`] }))
  const headers = [0, 1, 2].map((i) =>
    sampleHeader(`header ${i}`, { seq: i, leafHashes: records.slice(i * 4, i * 4 + 4).map(({ id }) => id) }),
  )
  await store.commit(
    {
      headers,
      records,
      control: [
        {
          key: 'k',
          kind: 'statement',
          bytes: new Uint8Array([1]),
          set: { name: 'control', id: hashOf('c') },
        },
      ],
      log: [new Uint8Array(32)],
      meta: { name: new Uint8Array([7]) },
      ledger: { 'a/ü': { n: 1 } },
      quarantine: [{ at: START, code: 'C', from: 'file', what: '', detail: '' }],
    },
    { sync: true },
  )
  dump = Buffer.concat(await Array.fromAsync(store.dump(signal)))
})

afterAll(async () => {
  await store[Symbol.asyncDispose]()
  await rm(folder, { recursive: true })
})

describe(restoreStore, () => {
  it('makes a store with everything in it and an id of its own, that goes on', async () => {
    const path = await restored(dump)
    await using copy = await openStore({ path })
    expect(copy.id).toBe(OTHER)
    expect(copy.counts).toEqual(store.counts)
    for (const set of ['green', 'control'] as const) expect(copy.rootOf(set), set).toEqual(store.rootOf(set))
    const all = { afterSequence: 0, limit: 99, plainOnly: false }
    expect(await copy.queryRecords(all)).toEqual(await store.queryRecords(all))
    expect(await copy.header(hashOf('header 1'))).toEqual(await store.header(hashOf('header 1')))
    expect(await copy.referring('x--3', 9)).toEqual([sampleRecord(3).id])
    expect(await copy.ledger('a/ü')).toEqual({ n: 1 })
    expect(await copy.quarantine(9)).toEqual(await store.quarantine(9))
    expect(await copy.verify(signal)).toBe(await store.verify(signal))
    await copy.commit({ records: [sampleRecord(77)] }, { sync: true })
    expect(copy.counts.sequence).toBe(store.counts.sequence + 1)
    await copy[Symbol.asyncDispose]()
    await using again = await openStore({ path })
    expect(again.counts.records).toBe(13)
  })

  it('takes its bytes in whatever pieces they come', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(dump.length), { maxLength: 20 }), async (cuts) => {
        const places = [0, ...cuts.toSorted((a, b) => a - b), dump.length]
        const path = nextPath()
        await restoreStore(
          { path, id: OTHER },
          piecesOf(places.slice(1).map((end, i) => dump.subarray(places[i], end))),
        )
        await using copy = await openStore({ path })
        expect(copy.counts).toEqual(store.counts)
      }),
      { numRuns: 8 },
    )
  })

  it('holds the moment at which the dump began, and rows larger than a piece', async () => {
    const path = nextPath()
    await createStore({ path, id: ID, createdAt: START })
    await using source = await openStore({ path })
    await source.commit(
      { records: [sampleRecord(1)], meta: { large: crypto.getRandomValues(new Uint8Array(65_536)) } },
      { sync: false },
    )
    await source.commit({ meta: { larger: Buffer.alloc(700_000, 7) } }, { sync: false })
    const pieces: Uint8Array[] = []
    for await (const piece of source.dump(signal)) {
      if (pieces.length === 0) await source.commit({ records: [sampleRecord(2)] }, { sync: false })
      pieces.push(piece)
    }
    expect(Math.max(...pieces.map(({ length }) => length))).toBeLessThanOrEqual(256 * 1024)
    expect(pieces.length).toBeGreaterThan(3)
    await using copy = await openStore({ path: await restored(Buffer.concat(pieces)) })
    expect(copy.counts.records).toBe(1)
    expect(await copy.meta('larger')).toHaveLength(700_000)
  })

  it('refuses whatever was cut short, and leaves nothing', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(dump.length - 1), async (length) => {
        expect(await codeOfRestoring(dump.subarray(0, length))).toBe('BACKUP_TRUNCATED')
      }),
      { numRuns: 40, examples: [[0], [dump.length - 1]] },
    )
  })

  it('refuses whatever was changed, and leaves nothing', async () => {
    const ends = fc.oneof(
      fc.nat(25),
      fc.nat(60).map((back) => dump.length - 1 - back),
    )
    await fc.assert(
      fc.asyncProperty(fc.oneof(ends, fc.nat(dump.length - 1)), fc.nat(7), async (at, bit) => {
        const changed = Buffer.from(dump)
        changed.writeUInt8(changed.readUInt8(at) ^ (1 << bit), at)
        expect(await codeOfRestoring(changed)).toMatch(/^BACKUP_(MALFORMED|TRUNCATED|MISMATCH|NEWER)$/)
      }),
      { numRuns: 80 },
    )
  })

  it('refuses what follows the end, and junk', async () => {
    expect(await codeOfRestoring(Buffer.concat([dump, new Uint8Array(1)]))).toBe('BACKUP_MALFORMED')
    expect(await codeOfRestoring(Buffer.alloc(100))).toBe('BACKUP_MALFORMED')
    expect(await codeOfRestoring(Buffer.alloc(0))).toBe('BACKUP_TRUNCATED')
  })

  it('says that a later version wrote it', async () => {
    const format = Buffer.from(dump)
    format[15] = 2
    expect(await codeOfRestoring(format)).toBe('BACKUP_NEWER')
    expect(await codeOfRestoring(Buffer.from(encodeDumpHead(99)))).toBe('BACKUP_NEWER')
  })

  it('refuses rows that somebody put together anew, where they do not make a whole store', async () => {
    const forge = (...parts: Uint8Array[]): Buffer => {
      const content = Buffer.concat(parts)
      return Buffer.concat([content, createHash('sha256').update(content).digest()])
    }
    expect(await codeOfRestoring(forge(encodeDumpHead(3), encodeDumpEnd(0)))).toBe('BACKUP_MISMATCH')
    expect(await codeOfRestoring(forge(encodeDumpHead(3), encodeDumpEnd(3)))).toBe('BACKUP_MISMATCH')
    const row = encodeDumpedRow({ name: Uint8Array.of(0x40, 7), sealed: new Uint8Array(9) })
    expect(await codeOfRestoring(forge(encodeDumpHead(3), ...row, encodeDumpEnd(1)))).toBe('BACKUP_MISMATCH')
    const name = Buffer.from('meta!a')
    const strange = encodeDumpedRow({ name, sealed: sealValue(name, new Uint8Array()) })
    expect(await codeOfRestoring(forge(encodeDumpHead(3), ...strange, encodeDumpEnd(1)))).toBe(
      'BACKUP_MALFORMED',
    )
    // The head and the first row, twice.
    const [head, first] = [dump.subarray(0, 20), firstRow()]
    expect(await codeOfRestoring(forge(head, first, first, encodeDumpEnd(2)))).toBe('BACKUP_MALFORMED')
    expect(await codeOfRestoring(forge(head, first, encodeDumpEnd(1)))).toBe('BACKUP_MISMATCH')
  })

  it('refuses a path where there is anything, and passes on what its source throws', async () => {
    const path = join(folder, 'store')
    await expect(restoreStore({ path, id: OTHER }, piecesOf([dump]))).rejects.toMatchObject({
      code: 'STORE_EXISTS',
    })
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield dump.subarray(0, 500)
      throw new Error('the line broke')
    }
    await expect(restoreStore({ path: nextPath(), id: OTHER }, broken())).rejects.toThrow('the line broke')
    expect(await readdir(folder)).not.toContain(`trial ${trials}.new`)
  })
})

describe('dump', () => {
  it('ends when it is told to, and when the store closes', async () => {
    await expect(Array.fromAsync(store.dump(AbortSignal.abort()))).rejects.toThrow('aborted')
    const path = await restored(dump)
    const copy = await openStore({ path })
    await copy[Symbol.asyncDispose]()
    await expect(Array.fromAsync(copy.dump(signal))).rejects.toMatchObject({ code: 'STORE_CLOSED' })
  })
})

function nextPath(): string {
  return join(folder, `trial ${++trials}`)
}

async function restored(bytes: Uint8Array): Promise<string> {
  const path = nextPath()
  await restoreStore({ path, id: OTHER }, piecesOf([bytes]))
  return path
}

/** The code of the refusal, after which there is nothing at the path or beside it. */
async function codeOfRestoring(bytes: Uint8Array): Promise<string | undefined> {
  const before = await readdir(folder)
  const code = await restored(bytes).then(
    () => undefined,
    (error: { code?: string }) => error.code,
  )
  expect(await readdir(folder)).toEqual(before)
  return code
}

async function* piecesOf(pieces: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* pieces
}

function firstRow(): Buffer {
  const length = 6 + dump.readUInt16BE(20) + dump.readUInt32BE(22)
  return dump.subarray(20, 20 + length)
}
