import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Observable } from '@intelmesh/stix'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Wanted } from './answers.ts'
import type { Store } from './interface.ts'
import { createStore, openStore } from './open-store.ts'
import { recordReads } from './record-reads.ts'
import { hashOf, sampleRecord, START } from './testing/sample-rows.ts'

/** More than one step of reading, and no multiple of one. */
const NUMBERS = Array.from({ length: 150 }, (_, i) => i)

let folder: string
let store: Store

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'record-reads-'))
  const path = join(folder, 'store')
  await createStore({ path, id: '00'.repeat(16), createdAt: START })
  store = await openStore({ path })
  const records = NUMBERS.map((number) =>
    sampleRecord(number, { stixType: number % 3 === 0 ? 'note' : 'noted' }),
  )
  await store.commit({ records }, { sync: false })
})

afterEach(async () => {
  await store[Symbol.asyncDispose]()
  await rm(folder, { recursive: true, force: true })
})

describe(recordReads, () => {
  it('reads many at once, in the order of the ids, and passes over what is not held', async () => {
    const ids = NUMBERS.map((number) => sampleRecord(number).id).toReversed()
    const found = await store.records([ids[0] as string, 'ff'.repeat(32), ...ids.slice(1)])
    expect(found.map(({ id }) => id)).toEqual(ids)
    expect(await store.records([])).toEqual([])
  })

  it('reads a type and no other that begins alike, newest arrival first', async () => {
    const numbers: number[] = []
    for await (const { sequence } of store.newestOfType('note')) numbers.push(sequence - 1)
    expect(numbers).toEqual(NUMBERS.filter((number) => number % 3 === 0).toReversed())
    expect(await Array.fromAsync(store.newestOfType('no'))).toEqual([])
  })

  it('reads no record of those that are not wanted, in any index', async () => {
    const wanted = sampleRecord(1).organisation
    const isWanted: Wanted = ({ organisation }) => organisation === wanted
    const records = [0, 1, 2, 3].map((i) =>
      sampleRecord(1000 + i, { stixType: 'sighting', references: ['x--1'], retracts: [hashOf('target')] }),
    )
    await store.commit({ records }, { sync: false })
    const newest = [records[3]?.id, records[1]?.id]
    expect(await store.referring('x--1', 9, isWanted)).toEqual(newest)
    expect(await store.referring('x--1', 1, isWanted)).toEqual(newest.slice(0, 1))
    expect(await store.tombstonesOf(hashOf('target'), isWanted)).toEqual(newest.toReversed())
    const found = await Array.fromAsync(store.newestOfType('sighting', isWanted))
    expect(found.map(({ id }) => id)).toEqual(newest)
    const { stixId = '', observables } = sampleRecord(3)
    const versions = await store.versions(stixId, isWanted)
    expect((await store.records(versions)).map(({ organisation }) => organisation)).toEqual(
      versions.map(() => wanted),
    )
    expect(versions.length).toBeLessThan((await store.versions(stixId)).length)
    const all = await store.lookup(observables[0] as Observable, 999)
    const some = await store.lookup(observables[0] as Observable, 2, isWanted)
    const own = (await store.records(all.ids)).filter(({ organisation }) => organisation === wanted)
    expect(some).toEqual({ ids: own.slice(0, 2).map(({ id }) => id), total: own.length })
  })

  it('finds ids by their beginnings, in order, up to a limit', async () => {
    const ids = NUMBERS.map((number) => sampleRecord(number).id).toSorted()
    expect(await store.idsWithPrefix('', 5)).toEqual(ids.slice(0, 5))
    expect(await store.idsWithPrefix(ids[7] as string, 5)).toEqual([ids[7]])
    const digit = ids[0]?.[0] as string
    expect(await store.idsWithPrefix(digit, 999)).toEqual(ids.filter((id) => id.startsWith(digit)))
    expect(await store.idsWithPrefix('g', 5)).toEqual([])
  })
})

describe('ledger rows', () => {
  it('are read from a key on, within a prefix', async () => {
    await store.commit({ ledger: { 'a/1': 1, 'a/2': 2, 'a/3': 3, 'b/1': 4 } }, { sync: false })
    const read = async (from?: string): Promise<readonly unknown[]> =>
      (await Array.fromAsync(store.ledgerRows('a/', from))).map(([, value]) => value)
    expect(await read()).toEqual([1, 2, 3])
    expect(await read('a/2')).toEqual([2, 3])
    expect(await read('a/25')).toEqual([3])
    expect(await read('a/9')).toEqual([])
  })
})
