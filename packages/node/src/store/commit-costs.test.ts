import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { hlcAt } from '@intelmesh/protocol'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Committer, createCommitter } from './committer.ts'
import { type Database, openDatabase, type Operation, type SealedRow } from './database.ts'
import type { RecordRow, StoreChanges } from './interface.ts'
import { emptyRows } from './open-store.ts'
import { createSidecar, type Sidecar } from './sidecar/index.ts'
import { loadState } from './state.ts'
import { tableOf } from './tables.ts'
import { hashOf, sampleHeader, sampleRecord, START } from './testing/sample-rows.ts'
import { createTreeCache } from './tree-cache.ts'

const BATCH = 1_000

let folder: string
let database: Database
let committer: Committer
/** What was asked of the database since {@link measured} began. */
let asked: {
  /** Ways to LevelDB's threads and back. */
  calls: number
  rows: number
  scans: number
  written: Parameters<Database['write']>[0]
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'store-'))
  database = await openDatabase(join(folder, 'level'), { create: true })
  await database.write(emptyRows(new Uint8Array(32)), { sync: false })
  const counting: Database = {
    ...database,
    getHere(...request) {
      asked.rows++
      return database.getHere(...request)
    },
    get: (...request) => count(1, () => database.get(...request)),
    named: (names) => count(names.length, () => database.named(names)),
    getMany: (table, keys) => count(keys.length, () => database.getMany(table, keys)),
    hasMany: (table, keys) => count(keys.length, () => database.hasMany(table, keys)),
    entries(...request) {
      asked.scans++
      return database.entries(...request)
    },
    async write(operations, options) {
      asked.written = operations
      await database.write(operations, options)
    },
  }
  const sidecar: Sidecar = createSidecar(new Uint8Array(32))
  const cache = createTreeCache(counting, { maxBytes: 99_999_999 })
  committer = createCommitter(
    { database: counting, cache, freeBytes: async () => Infinity, sidecar },
    await loadState(database),
  )
})

afterEach(async () => {
  await database[Symbol.asyncDispose]()
  await rm(folder, { recursive: true })
})

describe('the commit of a batch', () => {
  it('writes four rows for a record and a few dozen for the batch, and asks once about each id', async () => {
    await measured(batchOf(0))
    const { calls, rows, scans, written } = await measured(batchOf(1))
    expect(written.length).toBeLessThan(4 * BATCH + 100)
    expect(rows).toBeLessThan(BATCH + 10)
    expect(calls).toBe(1)
    expect(scans).toBe(0)
  })

  it('writes a row for each value that it did not have, however many records name it', async () => {
    await measured(batchOf(0))
    const same = { type: 'domain', value: 'same.example' } as const
    const { written } = await measured(batchOf(1, { observables: [same] }))
    expect(written.filter(isOfValues)).toHaveLength(1)
    const again = await measured(batchOf(2, { observables: [same] }))
    expect(again.written.filter(isOfValues)).toHaveLength(1)
    expect(
      Math.max(...again.written.map((row) => ('sealed' in row ? row.sealed : row.value)?.length ?? 0)),
    ).toBeLessThan(64 * 1024)
  })

  it('takes a tombstone of many records in without a scan', async () => {
    await measured(batchOf(0))
    const retracts = Array.from({ length: 256 }, (_, i) => sampleRecord(i).id)
    const tombstone = sampleRecord(5 * BATCH, { retracts, observables: [], set: 'green/tombstones' })
    const { calls, scans } = await measured({ records: [tombstone] })
    expect(scans).toBe(0)
    expect(calls).toBeLessThan(20)
  })
})

describe('a commit of one record', () => {
  it('writes and asks a few rows, and scans nothing', async () => {
    await measured(batchOf(0))
    const { records = [], headers = [] } = batchOf(1)
    const { calls, rows, scans, written } = await measured({
      records: records.slice(0, 1),
      headers: headers.map((header) => ({ ...header, leafHashes: [records[0]?.id as string] })),
    })
    expect(written.length).toBeLessThan(26)
    expect(calls).toBe(0)
    expect(rows).toBeLessThan(6)
    expect(scans).toBe(0)
  })
})

describe('the removal of a batch', () => {
  it('deletes four rows for a record, and scans nothing', async () => {
    const batch = batchOf(0)
    await measured(batch)
    const removed = (batch.records ?? []).map(({ id }) => id)
    const { calls, scans, written } = await measured({ removed })
    expect(written.length).toBeLessThan(4 * BATCH + 100)
    expect(calls).toBeLessThan(40)
    expect(scans).toBe(0)
  })
})

/** A batch of records that one node published in one hour. */
function batchOf(number: number, given: Partial<RecordRow> = {}): StoreChanges {
  const header = hashOf(`batch ${number}`)
  const records = Array.from({ length: BATCH }, (_, i) => {
    const at = number * BATCH + i
    return sampleRecord(at, {
      header,
      index: i,
      author: hashOf('author'),
      organisation: hashOf('organisation').slice(0, 32),
      hlc: hlcAt(START + number * 3_600_000),
      expires: 498_800,
      stixId: `indicator--${at}`,
      observables: [{ type: 'domain', value: `host-${at}.example` }],
      ...given,
    })
  })
  const leafHashes = records.map(({ id }) => id)
  return { headers: [sampleHeader(`batch ${number}`, { seq: number, leafHashes })], records }
}

async function measured(changes: StoreChanges): Promise<typeof asked> {
  asked = { calls: 0, rows: 0, scans: 0, written: [] }
  await committer.commit([changes], { sync: false })
  return asked
}

function isOfValues(row: Operation | SealedRow): boolean {
  return 'sealed' in row ? tableOf(row.name[0]) === 'values' : row.table === 'values'
}

function count<T>(rows: number, action: () => T): T {
  asked.calls++
  asked.rows += rows
  return action()
}
