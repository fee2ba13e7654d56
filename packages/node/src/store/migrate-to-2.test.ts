import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { toHex } from '@intelmesh/protocol'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Database, openDatabase } from './database.ts'
import type { Store } from './interface.ts'
import { migrateTo2 } from './migrate-to-2.ts'
import { openStore } from './open-store.ts'
import { type Schema1Facts, unpackSchema1 } from './testing/schema-1.ts'

const signal = new AbortController().signal

let folder: string
let path: string
let facts: Schema1Facts

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'store-'))
  path = join(folder, 'store')
  facts = await unpackSchema1(path)
})

afterEach(() => rm(folder, { recursive: true }))

describe(migrateTo2, () => {
  it('leaves everything of a store of schema 1 where it was', async () => {
    for (const _opening of [1, 2]) {
      await using store = await openStore({ path })
      await assertAnswers(store)
      await store.verify(signal)
    }
  })

  it('indexes what sightings, opinions and notes are about', async () => {
    await using store = await openStore({ path })
    const idOf = (type: string): string => facts.records.find((row) => row.stixType === type)?.id as string
    const [indicator, malware] = ['indicator', 'malware'].map(
      (type) => facts.records.find((row) => row.stixType === type)?.stixId as string,
    )
    const [sighting, opinion, note] = ['sighting', 'opinion', 'note'].map(idOf)
    expect(await store.referring(indicator as string, 99)).toEqual([note, opinion, sighting])
    expect(await store.referring(malware as string, 99)).toEqual([opinion])
    expect(await store.referring(indicator as string, 1)).toEqual([note])
    expect((await store.record(opinion as string))?.references).toEqual([indicator, malware])
    await store.commit({ removed: [opinion as string] }, { sync: false })
    expect(await store.referring(indicator as string, 99)).toEqual([note, sighting])
  })

  it('takes values out of keys', async () => {
    await using store = await openStore({ path })
    await store.compacted()
    await store[Symbol.asyncDispose]()
    await using database = await openDatabase(join(path, 'level'), { create: false })
    for await (const [key] of database.entries('byObservable', {}))
      expect(key).toMatch(/^[a-z]\S*#[0-9a-f]{64}\0/)
    expect(await database.count('byObservable', {})).toBe(4)
  })

  it('goes on where it was broken off, after whichever write', async () => {
    let writes = 1
    for (let isDone = false; !isDone; writes++) {
      const trial = join(folder, `trial ${writes}`)
      await cp(path, trial, { recursive: true })
      isDone = await migrateUpTo(trial, writes)
      await using store = await openStore({ path: trial })
      await assertAnswers(store)
      expect(await store.referring(facts.records[0]?.stixId as string, 99), `${writes}`).toHaveLength(3)
      await store.verify(signal)
    }
    expect(writes).toBeGreaterThan(8)
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
  return await migrateTo2(faulty, { step: 1 }).then(
    () => true,
    () => false,
  )
}

async function assertAnswers(store: Store): Promise<void> {
  expect(store.id).toBe(facts.id)
  expect(store.counts).toEqual(facts.counts)
  expect(store.logSize).toBe(facts.logSize)
  for (const [set, { count, digest }] of Object.entries(facts.roots)) {
    const root = store.rootOf(set as Parameters<Store['rootOf']>[0])
    expect({ count: root.count, digest: toHex(root.digest) }, set).toEqual({ count, digest })
  }
  const rows = await store.queryRecords({ afterSequence: 0, limit: 99, plainOnly: false })
  expect(
    rows.map(({ id, sequence, stixId, stixType, observables }) => ({
      id,
      sequence,
      stixId,
      stixType,
      observables,
    })),
  ).toEqual(facts.records)
  for (const { id, observables } of facts.records) {
    for (const observable of observables)
      expect((await store.lookup(observable, 9)).ids, observable.value).toEqual([id])
  }
  expect(await store.tombstonesOf(facts.takenBack)).toEqual([facts.records.at(-1)?.id])
  expect((await Array.fromAsync(store.ledgerRows(''))).map(([key]) => key)).toEqual(facts.ledger)
  expect(await Array.fromAsync(store.controlRows())).toHaveLength(facts.control)
}
