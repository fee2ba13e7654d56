import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { toHex } from '@intelmesh/protocol'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Database, openDatabase } from './database.ts'
import { earlierRows, EARLIER_FROM, EARLIER_UNTIL } from './earlier-rows.ts'
import type { Store } from './interface.ts'
import { migrateTo3 } from './migrate-to-3.ts'
import { openStore } from './open-store.ts'
import { type KeptFacts, unpackStore } from './testing/kept-store.ts'

const signal = new AbortController().signal

let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'store-'))
})

afterEach(() => rm(folder, { recursive: true }))

describe.for([1, 2] as const)('migrateTo3 of a store of schema %d', (schema) => {
  let path: string
  let facts: KeptFacts

  beforeEach(async () => {
    path = join(folder, 'store')
    facts = await unpackStore(schema, path)
  })

  it('leaves everything where it was', async () => {
    for (const _opening of [1, 2]) {
      await using store = await openStore({ path })
      await assertAnswers(store, facts)
      await store.verify(signal)
    }
  })

  it('leaves nothing of the earlier rows in the files', async () => {
    await (await openStore({ path }))[Symbol.asyncDispose]()
    await using database = await openDatabase(join(path, 'level'), { create: false })
    expect(await Array.fromAsync(database.rows(EARLIER_FROM, EARLIER_UNTIL))).toEqual([])
  })

  it('begins again where it was broken off, after whichever write', async () => {
    let writes = 1
    for (let isDone = false; !isDone; writes += 3) {
      const trial = join(folder, `trial ${writes}`)
      await cp(path, trial, { recursive: true })
      isDone = await migrateUpTo(trial, writes)
      await using store = await openStore({ path: trial })
      await assertAnswers(store, facts)
      await store.verify(signal)
    }
    expect(writes).toBeGreaterThan(10)
  })

  it('goes on with what comes after it', async () => {
    await using store = await openStore({ path })
    const first = facts.records[0]?.id as string
    await store.commit({ removed: [first] }, { sync: false })
    expect(await store.record(first)).toBeUndefined()
    for (const observable of facts.records[0]?.observables ?? [])
      expect((await store.lookup(observable, 99)).ids).not.toContain(first)
    expect(store.counts.records).toBe(facts.counts.records - 1)
    await store.verify(signal)
  })
})

describe(migrateTo3, () => {
  it('indexes what sightings, opinions and notes of schema 1 are about', async () => {
    const path = join(folder, 'store')
    const facts = await unpackStore(1, path)
    await using store = await openStore({ path })
    const idOf = (type: string): string => facts.records.find((row) => row.stixType === type)?.id as string
    const [indicator, malware] = ['indicator', 'malware'].map(
      (type) => facts.records.find((row) => row.stixType === type)?.stixId as string,
    )
    const [sighting, opinion, note] = ['sighting', 'opinion', 'note'].map(idOf)
    expect(await store.referring(indicator as string, 99)).toEqual([note, opinion, sighting])
    expect(await store.referring(malware as string, 99)).toEqual([opinion])
    expect((await store.record(opinion as string))?.references).toEqual([indicator, malware])
  })

  it('finds no store where there are no rows of one', async () => {
    await using database = await openDatabase(join(folder, 'level'), { create: true })
    expect(await migrateTo3(database)).toBeUndefined()
    expect(await Array.fromAsync(earlierRows(database, 'records'))).toEqual([])
  })
})

/** Migrates in small steps until the write of a number, which fails; gives whether there was none. */
async function migrateUpTo(trial: string, number: number): Promise<boolean> {
  await using database = await openDatabase(join(trial, 'level'), { create: false })
  let left = number
  const faulty: Database = {
    ...database,
    async write(operations, options) {
      if (--left === 0) throw new RangeError('killed')
      await database.write(operations, options)
    },
  }
  return await migrateTo3(faulty, { step: 40 }).then(
    () => true,
    () => false,
  )
}

async function assertAnswers(store: Store, facts: KeptFacts): Promise<void> {
  expect(store.id).toBe(facts.id)
  expect(store.counts).toEqual(facts.counts)
  expect(store.logSize).toBe(facts.logSize)
  for (const [set, { count, digest }] of Object.entries(facts.roots)) {
    const root = store.rootOf(set as Parameters<Store['rootOf']>[0])
    expect({ count: root.count, digest: toHex(root.digest) }, set).toEqual({ count, digest })
  }
  const rows = await store.queryRecords({ afterSequence: 0, limit: 999, plainOnly: false })
  expect(rows.map((row) => ({ ...row, hlc: String(row.hlc) }))).toMatchObject(facts.records)
  const named = Map.groupBy(
    rows.flatMap(({ id, observables }) => observables.map((value) => ({ id, value }))),
    ({ value }) => `${value.type} ${value.value}`,
  )
  for (const each of named.values()) {
    const ids = each.map(({ id }) => id).toReversed()
    expect((await store.lookup(each[0]?.value as never, 99)).ids).toEqual(ids)
  }
  for (const [stixId, ids] of Object.entries(facts.versions ?? {}))
    expect((await store.versions(stixId)).toSorted(), stixId).toEqual(ids.toSorted())
  for (const [stixId, ids] of Object.entries(facts.references ?? {}))
    expect(await store.referring(stixId, 99), stixId).toEqual(ids)
  for (const [id, ids] of Object.entries(facts.tombstones))
    expect(await store.tombstonesOf(id), id).toEqual(ids)
  for (const [hash, { leaves, records }] of Object.entries(facts.headers ?? {})) {
    expect((await store.header(hash))?.leafHashes?.length ?? null, hash).toBe(leaves)
    expect(await store.recordsOfHeader(hash), hash).toEqual(records)
  }
  expect((await Array.fromAsync(store.ledgerRows(''))).map(([key]) => key)).toEqual(facts.ledger)
  expect(await Array.fromAsync(store.controlRows())).toHaveLength(facts.control)
}
