import { mkdtemp, readdir, rename, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { MeshError } from '@intelmesh/protocol'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { codeWhen } from '../../../../test/support/authority/test-newcomer.ts'
import { homePaths, type HomePaths } from '../home/index.ts'
import { createStore, openStore, type Store } from '../store/index.ts'
import { sampleHeader, sampleRecord, START } from '../store/testing/sample-rows.ts'
import { healStore, noteDamage, openSound } from './heal.ts'
import { forgottenArrivals, noteHighWater } from './high-water.ts'
import { reviewLosses } from './lost.ts'
import { scrub } from './scrub.ts'

let folder: string
let paths: HomePaths

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'care-'))
  paths = homePaths(folder)
  await createStore({ path: paths.store, id: '00'.repeat(16), createdAt: START })
  await using store = await openStore({ path: paths.store })
  const records = Array.from({ length: 20 }, (_, i) =>
    sampleRecord(i, { header: sampleHeader('h').hash, path: [] }),
  )
  await store.commit({ records, headers: [sampleHeader('h')], ledger: { 'token/a': 1 } }, { sync: true })
})

afterEach(() => rm(folder, { recursive: true }))

const heal = (reason = 'found so') =>
  healStore({ paths, clock: () => START, newId: () => 'ab'.repeat(16), onRecords: () => undefined }, reason)

describe(healStore, () => {
  it('puts the damaged store aside, and one in its place that has all that was whole', async () => {
    await noteDamage(paths, 'a record')
    expect(await codeWhen(openSound({ paths }))).toBe('STORE_DAMAGED')
    const healed = await heal()
    expect(healed).toMatchObject({ records: 20, lost: 0, reason: 'found so' })
    await using store = await openSound({ paths })
    expect([store.id, store.counts.records]).toEqual(['ab'.repeat(16), 20])
    expect(await store.ledger('token/a')).toBe(1)
    expect(await readdir(healed.aside as string)).toContain('store.id')
  })

  it('goes on from the store that was put aside when it broke off', async () => {
    await rename(paths.store, `${paths.store}.damaged-2026-11-22T000000000Z`)
    await writeFile(join(folder, 'store.healing'), 'half')
    expect(await codeWhen(openSound({ paths }))).toBe('STORE_MISSING')
    expect(await heal()).toMatchObject({ records: 20 })
  })

  it('begins with nothing where nothing is left, and takes the key of an ACO out of use', async () => {
    await rm(paths.store, { recursive: true })
    await writeFile(paths.operatorKey, 'key')
    const healed = await heal()
    expect(healed).toMatchObject({ records: 0, operatorKeyAside: `${paths.operatorKey}.restored` })
    expect((await readdir(folder)).toSorted()).toEqual(['operator.key.restored', 'store'])
  })
})

describe(forgottenArrivals, () => {
  it('counts arrivals that were on disk and are not there, in the same store alone', async () => {
    const mark = join(folder, 'mark')
    await using store = await openStore({ path: paths.store })
    expect(await forgottenArrivals(mark, store)).toBe(0)
    await noteHighWater(mark, store)
    expect(await forgottenArrivals(mark, store)).toBe(0)
    const counts = { ...store.counts, sequence: 17 }
    expect(await forgottenArrivals(mark, { id: store.id, counts })).toBe(3)
    expect(await forgottenArrivals(mark, { id: 'ff'.repeat(16), counts })).toBe(0)
    await truncate(mark, 10)
    expect(await forgottenArrivals(mark, { id: store.id, counts })).toBe(0)
  })
})

describe(reviewLosses, () => {
  it('forgets what came back, and tells the own records that did not', async () => {
    await using store = await openStore({ path: paths.store })
    const [back, own, others] = [sampleRecord(3).id, '01'.repeat(32), '02'.repeat(32)]
    const row = (author: string | null) => ({ author })
    await store.commit(
      { ledger: { [`lost/${back}`]: row('me'), [`lost/${own}`]: row('me'), [`lost/${others}`]: row(null) } },
      { sync: false },
    )
    expect(await reviewLosses(store, 'me')).toEqual({ missing: 2, own: [own] })
    expect(await store.ledger(`lost/${back}`)).toBeUndefined()
  })
})

describe(scrub, () => {
  const options = { bytesPerSecond: 1e12, restMs: 1e6 }

  it('reads everything, and then rests', async () => {
    await using store = await openStore({ path: paths.store })
    const stopping = new AbortController()
    let bytes = 0
    const onRead = (read: number): void => {
      bytes += read
      if (read === 0) stopping.abort()
    }
    await scrub(store, options, { onRead, onDamage: () => expect.unreachable() }, stopping.signal)
    const leaves = await store.queryRecords({ afterSequence: 0, limit: 100, plainOnly: false })
    expect(bytes).toBe(leaves.reduce((sum, { leaf }) => sum + leaf.length, 0))
  })

  it.for(['checkFiles', 'queryRecords'] as const)(
    'tells of damage that %s finds once, and ends',
    async (find) => {
      const reasons: string[] = []
      const store: Pick<Store, 'queryRecords' | 'checkFiles'> = {
        checkFiles: async () => undefined,
        queryRecords: async () => [],
        [find]: () => Promise.reject(new MeshError('STORE_DAMAGED', 'not so')),
      }
      const listeners = { onRead: () => undefined, onDamage: (reason: string) => void reasons.push(reason) }
      await scrub(store, options, listeners, new AbortController().signal)
      expect(reasons).toEqual(['not so'])
    },
  )
})
