import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openDatabase } from './database.ts'
import type { Store } from './interface.ts'
import { orderKey } from './keys.ts'
import { createStore, openStore } from './open-store.ts'
import { rowKey } from './sealed-row.ts'
import { sampleHeader, sampleRecord, START } from './testing/sample-rows.ts'

const durably = { sync: true } as const
const records = Array.from({ length: 300 }, (_, i) => sampleRecord(i))
const [lost, whole] = [records[6]?.id as string, records[7]?.id as string]

let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'store-'))
})

afterEach(() => rm(folder, { recursive: true }))

describe('a record whose row is damaged', () => {
  it.for(['removed', 'erased'] as const)('can be %s all the same, and come again', async (how) => {
    const path = await makeStore('one', records)
    await damageRow(path, 7)
    {
      await using store = await openStore({ path })
      await expect(store.record(lost)).rejects.toMatchObject({ code: 'STORE_DAMAGED' })
      await store.commit({ [how]: [lost, whole] }, durably)
      expect(await store.hasRecords([lost, whole])).toEqual([false, false])
      expect(store.counts.records).toBe(298)
      const without = records.filter(({ id }) => id !== lost && id !== whole)
      await using other = await openStore({ path: await makeStore('other', without) })
      expect(store.rootOf('green')).toEqual(other.rootOf('green'))
    }
    // Opening compares counts, lists and trees.
    await using store = await openStore({ path })
    await store.commit({ records: [records[6] as (typeof records)[0]] }, durably)
    expect(await store.record(lost)).toMatchObject({ id: lost, sequence: 301 })
    expect(store.counts.records).toBe(299)
  })
})

async function makeStore(name: string, rows: typeof records): Promise<string> {
  const path = join(folder, name)
  await createStore({ path, id: '0f'.repeat(16), createdAt: START })
  await using store: Store = await openStore({ path })
  await store.commit({ headers: [sampleHeader('header')], records: rows }, durably)
  return path
}

/** Changes a byte of the record at a place. */
async function damageRow(path: string, sequence: number): Promise<void> {
  await using database = await openDatabase(join(path, 'level'), { create: false })
  const name = rowKey('records', orderKey(sequence))
  const row = (await database.get('records', orderKey(sequence))) as Uint8Array
  await database.write([{ name, sealed: new Uint8Array(row.length + 4) }], durably)
}
