import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fromHex, hlcAt, hourPath, updateTree } from '@intelmesh/protocol'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { nativeCrypto } from '../crypto/index.ts'
import type { RecordRow, Store } from './interface.ts'
import { createStore, openStore } from './open-store.ts'
import { MAX_QUARANTINE_OF_ONE } from './quarantine-ring.ts'
import { hashOf, HOUR, sampleHeader, sampleRecord, START } from './testing/sample-rows.ts'

const ID = '00112233445566778899aabbccddeeff'
const sync = { sync: false } as const

let folder: string
let store: Store

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'store-'))
  await createStore({ path: join(folder, 'store'), id: ID, createdAt: START })
  store = await openStore({ path: join(folder, 'store') })
})

afterEach(async () => {
  await store[Symbol.asyncDispose]()
  await rm(folder, { recursive: true })
})

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  return Array.fromAsync(items)
}

describe('records', () => {
  it('come back as they went in, with their place in the order of arrival', async () => {
    const full = sampleRecord(1, { path: [new Uint8Array(32)], retracts: [hashOf('a'), hashOf('b')] })
    const { stixId: _id, stixType: _type, stixVersion: _version, ...bare } = sampleRecord(2)
    await store.commit({ records: [full, bare] }, sync)
    expect(await store.record(full.id)).toEqual({ ...full, sequence: 1 })
    expect(await store.record(bare.id)).toEqual({ ...bare, sequence: 2 })
    expect(await store.record(hashOf('none'))).toBeUndefined()
    expect(await store.hasRecords([bare.id, hashOf('none'), full.id])).toEqual([true, false, true])
    expect(store.counts).toEqual({ records: 2, headers: 0, sequence: 2 })
  })

  it('are passed over when they are held already', async () => {
    await store.commit({ records: [sampleRecord(1), sampleRecord(1)] }, sync)
    await store.commit({ records: [sampleRecord(1, { tlp: 'red' })] }, sync)
    expect(await store.record(sampleRecord(1).id)).toEqual({ ...sampleRecord(1), sequence: 1 })
    expect(store.counts.sequence).toBe(1)
  })

  it('that come and go in one commit are gone', async () => {
    await store.commit({ records: [sampleRecord(1)], removed: [sampleRecord(1).id, hashOf('none')] }, sync)
    expect(store.counts).toEqual({ records: 0, headers: 0, sequence: 1 })
    expect(store.rootOf('green').count).toBe(0)
    expect(await store.queryRecords({ afterSequence: 0, limit: 9, plainOnly: false })).toEqual([])
  })

  it('are found by author, header, STIX id, target and hour of expiry', async () => {
    const tombstone = sampleRecord(9, { retracts: [sampleRecord(1).id], set: 'green/tombstones' })
    const rows = [
      sampleRecord(0),
      sampleRecord(7, { expires: 30 }),
      sampleRecord(14, { expires: 29 }),
      tombstone,
    ]
    await store.commit({ records: rows }, sync)
    const [first, second, third] = rows.map(({ id }) => id)
    expect(await collect(store.recordsOfAuthor(hashOf('author 0')))).toEqual([first, tombstone.id])
    expect(await store.recordsOfHeader(hashOf('header 1'))).toEqual([second])
    expect(await store.versions(sampleRecord(0).stixId as string)).toEqual([third, second, first])
    expect(await store.tombstonesOf(sampleRecord(1).id)).toEqual([tombstone.id])
    expect(await store.expiring(29, 9)).toEqual([third])
    expect(await store.expiring(30, 9)).toEqual([third, second])
    expect(await store.expiring(30, 1)).toEqual([third])
  })

  it('are found by what a query asks for, in the order of arrival', async () => {
    const rows = Array.from({ length: 200 }, (_, i) =>
      sampleRecord(i, { tlp: i % 3 === 0 ? 'clear' : 'green', retracts: i % 10 === 0 ? [hashOf('x')] : [] }),
    )
    await store.commit({ records: rows }, sync)
    const all = { afterSequence: 0, limit: 1000, plainOnly: false }
    const numbers = async (query: object): Promise<number[]> =>
      (await store.queryRecords({ ...all, ...query })).map(({ sequence }) => sequence - 1)
    expect(await numbers({})).toEqual(rows.map((_, i) => i))
    expect(await numbers({ afterSequence: 150, limit: 3 })).toEqual([150, 151, 152])
    expect(await numbers({ tlp: 'clear', limit: 70 })).toEqual(rows.flatMap((_, i) => (i % 3 === 0 ? i : [])))
    expect(await numbers({ within: 'clear', limit: 70 })).toEqual(await numbers({ tlp: 'clear', limit: 70 }))
    expect(await numbers({ within: 'green' })).toHaveLength(200)
    expect(await numbers({ type: 'malware' })).toEqual([])
    expect(await numbers({ type: 'indicator', tlp: 'clear', afterSequence: 190 })).toEqual([192, 195, 198])
    expect(await numbers({ organisation: rows[1]?.organisation, plainOnly: true, limit: 2 })).toEqual([1, 3])
    expect(await numbers({ stixId: rows[3]?.stixId, afterSequence: 20, limit: 2 })).toEqual([24, 31])
  })
})

describe('lookup', () => {
  it('gives the newest postings and how many there are', async () => {
    await store.commit({ records: Array.from({ length: 30 }, (_, i) => sampleRecord(i)) }, sync)
    const found = await store.lookup({ type: 'domain', value: 'host-3.example' }, 2)
    expect(found).toEqual({ ids: [sampleRecord(25).id, sampleRecord(14).id], total: 3 })
    expect(await store.lookup({ type: 'url', value: 'host-3.example' }, 2)).toEqual({ ids: [], total: 0 })
  })

  it('keeps long and strange values apart', async () => {
    const values = ['x'.repeat(300), `${'x'.repeat(300)}y`, 'a\0b', 'a', '\u{10ffff}', '']
    const rows = values.map((value, i) => sampleRecord(i, { observables: [{ type: 'url', value }] }))
    await store.commit({ records: rows }, sync)
    for (const [i, value] of values.entries()) {
      expect(await store.lookup({ type: 'url', value }, 9), value).toEqual({ ids: [rows[i]?.id], total: 1 })
    }
  })
})

describe('headers', () => {
  it('come back, stay when their records go, and lose their leaf hashes then', async () => {
    const records = [0, 1, 2, 3].map((i) => sampleRecord(i, { header: hashOf('h') }))
    const header = sampleHeader('h', { previous: hashOf('p'), leafHashes: records.map(({ id }) => id) })
    await store.commit({ headers: [header], records }, sync)
    expect(await store.header(header.hash)).toEqual(header)
    await store.commit({ removed: records.slice(1).map(({ id }) => id) }, sync)
    expect(await store.header(header.hash)).toEqual(header)
    await store.commit({ removed: records.map(({ id }) => id) }, sync)
    const { leafHashes: _, ...rest } = header
    expect(await store.header(header.hash)).toEqual(rest)
    expect(store.counts).toMatchObject({ records: 0, headers: 1 })
  })

  it('gain leaf hashes when the batch comes after a lone record of it', async () => {
    const records = [0, 1].map((i) => sampleRecord(i, { header: hashOf('h') }))
    await store.commit({ headers: [sampleHeader('h')], records: records.slice(1) }, sync)
    expect(await store.header(hashOf('h'))).toEqual(sampleHeader('h'))
    const whole = sampleHeader('h', { leafHashes: records.map(({ id }) => id), arrivedAt: START + 9 })
    await store.commit({ headers: [whole], records }, sync)
    expect(await store.header(hashOf('h'))).toEqual({ ...whole, arrivedAt: START })
    expect(store.counts).toMatchObject({ records: 2, headers: 1 })
  })

  it('are listed along their chain, and by author up to when they came', async () => {
    const chain = hashOf('other chain').slice(0, 32)
    const headers = [
      sampleHeader('a1', { seq: 9, arrivedAt: 10 }),
      sampleHeader('a2', { seq: 10, arrivedAt: 30 }),
      sampleHeader('a3', { seq: 300, arrivedAt: 20 }),
      sampleHeader('b1', { seq: 1, chain, arrivedAt: 25 }),
      sampleHeader('stranger', { seq: 2, chain, author: hashOf('stranger'), arrivedAt: 5 }),
    ]
    await store.commit({ headers }, sync)
    const names = (rows: readonly { bytes: Uint8Array }[]): string[] =>
      rows.map(({ bytes }) => Buffer.from(bytes).toString())
    expect(names(await store.headersOfChain(hashOf('chain 0').slice(0, 32), 10, 300))).toEqual(['a2', 'a3'])
    expect(names(await store.headersOfChain(chain, 0, 9))).toEqual(['b1', 'stranger'])
    const [author, stranger] = ['author 0', 'stranger'].map(hashOf) as [string, string]
    expect(names(await store.endOfChain({ author, chain }, 9))).toEqual(['b1'])
    expect(names(await store.endOfChain({ author: stranger, chain }, 9))).toEqual(['stranger'])
    expect(await store.endOfChain({ author, chain: '00'.repeat(16) }, 9)).toEqual([])
    expect(names(await store.headersOfAuthor({ author, chain }, 0, 9, 9))).toEqual(['b1'])
    expect(names(await store.chainHeads(hashOf('author 0'))).sort()).toEqual(['a3', 'b1'])
    expect(names(await store.chainHeads(hashOf('author 0'), 22))).toEqual(['a3'])
    expect(names(await store.chainHeads(hashOf('author 0'), 10))).toEqual(['a1'])
    expect(await store.chainHeads(hashOf('author 0'), 9)).toEqual([])
  })
})

describe('control', () => {
  it('fills slots with the newest row, and moves ids in the set', async () => {
    const row = (id: string) =>
      ({
        key: 'slot',
        kind: 'contact',
        bytes: Buffer.from(id),
        set: { name: 'register', id: hashOf(id) },
      }) as const
    await store.commit(
      { control: [row('1'), { key: 'beacon', kind: 'beacon', bytes: new Uint8Array([1]) }] },
      sync,
    )
    await store.commit({ control: [row('2')] }, sync)
    expect(store.rootOf('register').count).toBe(1)
    expect(await store.controlById('register', hashOf('1'))).toBeUndefined()
    expect((await store.controlById('register', hashOf('2')))?.key).toBe('slot')
    expect((await collect(store.controlRows())).map(({ key }) => key)).toEqual(['beacon', 'slot'])
    await store.commit({ controlRemoved: ['slot', 'none'] }, sync)
    expect(store.rootOf('register').count).toBe(0)
    expect(await store.control('slot')).toBeUndefined()
    expect(await store.control('beacon')).toEqual({
      key: 'beacon',
      kind: 'beacon',
      bytes: new Uint8Array([1]),
    })
  })
})

describe('log, meta, ledger', () => {
  it('appends to the log and finds the first place of a hash', async () => {
    const hashes = ['a', 'b', 'a', 'c'].map((name) => new Uint8Array(Buffer.from(hashOf(name), 'hex')))
    await store.commit({ log: hashes.slice(0, 1) }, sync)
    await store.commit({ log: hashes.slice(1) }, sync)
    expect(store.logSize).toBe(4)
    expect(await store.logHashes(1, 3)).toEqual(hashes.slice(1, 3))
    expect(await store.logIndexOf(hashes[2] as Uint8Array)).toBe(0)
    expect(await store.logIndexOf(hashes[3] as Uint8Array)).toBe(3)
    expect(await store.logIndexOf(new Uint8Array(32))).toBeUndefined()
  })

  it('keeps small values and rows by name', async () => {
    await store.commit(
      { meta: { a: new Uint8Array([7]) }, ledger: { 'x/2': { b: [1] }, 'x/10': null, y: 'é' } },
      sync,
    )
    expect(await store.meta('a')).toEqual(new Uint8Array([7]))
    expect(await collect(store.ledgerRows('x/'))).toEqual([
      ['x/10', null],
      ['x/2', { b: [1] }],
    ])
    await store.commit({ meta: { a: undefined }, ledger: { 'x/2': undefined } }, sync)
    expect(await store.meta('a')).toBeUndefined()
    expect(await store.ledger('x/2')).toBeUndefined()
    expect(await store.ledger('y')).toBe('é')
  })
})

describe('quarantine', () => {
  it('keeps a share for everybody, the newest first', async () => {
    const row = (from: string, i: number) => ({
      at: START + i,
      code: 'C',
      from,
      what: 'batch',
      detail: `${i}\ud800`,
    })
    await store.commit({ quarantine: [row('quiet', 0)] }, sync)
    await store.commit({ quarantine: Array.from({ length: 1_500 }, (_, i) => row('loud', i)) }, sync)
    const rows = await store.quarantine(20_000)
    expect(rows.length).toBe(MAX_QUARANTINE_OF_ONE + 1)
    expect(rows[0]).toEqual({ ...row('loud', 1_499), detail: '1499\ufffd' })
    expect(rows.at(-1)?.from).toBe('quiet')
  })
})

describe('viewOf', () => {
  it('stands still while the set goes on', async () => {
    await store.commit({ records: [sampleRecord(1)] }, sync)
    await using view = await store.viewOf('green')
    await store.commit({ records: [sampleRecord(2)] }, sync)
    expect([view.root.count, store.rootOf('green').count]).toEqual([1, 2])
    expect(await view.read('')).not.toEqual(await store.treeOf('green')(''))
  })
})

describe('trees', () => {
  it('split where an hour is full, and join again', async () => {
    const rows = Array.from({ length: 1_300 }, (_, i) => sampleRecord(i, { hlc: hlcAt(START) }))
    const rootOf = async (held: readonly RecordRow[]) => {
      const added = held.map(({ id }) => ({ hour: START / HOUR, id: fromHex(id) }))
      return (await updateTree(nativeCrypto, () => undefined, { added, removed: [] })).root
    }
    const hour = hourPath(START / HOUR)
    await store.commit({ records: rows }, sync)
    expect(store.rootOf('green')).toEqual(await rootOf(rows))
    expect((await store.treeOf('green')(hour))?.kind).toBe('inner')
    await store.commit({ removed: rows.slice(60).map(({ id }) => id) }, sync)
    expect(store.rootOf('green')).toEqual(await rootOf(rows.slice(0, 60)))
    expect((await store.treeOf('green')(hour))?.kind).toBe('leaf')
    await store.commit({ removed: rows.map(({ id }) => id) }, sync)
    expect(store.rootOf('green')).toEqual(await rootOf([]))
    expect(await store.treeOf('green')('')).toBeUndefined()
  })
})

describe('verify', () => {
  it('reads every row, and leaves none behind of records that are gone', async () => {
    const empty = await store.verify(new AbortController().signal)
    const rows = Array.from({ length: 200 }, (_, i) => sampleRecord(i, { retracts: [hashOf(`${i}`)] }))
    await store.commit({ records: rows }, sync)
    expect(await store.verify(new AbortController().signal)).toBeGreaterThan(empty + 200 * 4)
    await store.commit({ removed: rows.map(({ id }) => id) }, sync)
    // The journal has a row for each of the two commits; names keep their numbers: a type, two organisations, three authors.
    expect(await store.verify(new AbortController().signal)).toBe(empty + 2 + 6)
    await expect(store.verify(AbortSignal.abort())).rejects.toThrow('aborted')
  })
})

describe('closing', () => {
  it('waits for commits that are in, then refuses, and may be done twice', async () => {
    await using view = await store.viewOf('green')
    const last = store.commit({ records: [sampleRecord(1)] }, sync)
    await Promise.all([store[Symbol.asyncDispose](), store[Symbol.asyncDispose]()])
    await expect(last).resolves.toBeUndefined()
    await expect(store.commit({}, sync)).rejects.toMatchObject({ code: 'STORE_CLOSED' })
    await expect(view.read('')).rejects.toMatchObject({ code: 'STORE_CLOSED' })
    await expect(store.record(hashOf('a'))).rejects.toMatchObject({ code: 'STORE_CLOSED' })
    await expect(collect(store.controlRows())).rejects.toMatchObject({ code: 'STORE_CLOSED' })
    store = await openStore({ path: join(folder, 'store') })
    expect(store.counts.records).toBe(1)
  })
})
