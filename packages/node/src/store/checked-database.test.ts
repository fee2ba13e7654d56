import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { checkDatabase } from './checked-database.ts'
import { type Database, openDatabase } from './database.ts'
import type { Store } from './interface.ts'
import { emptyRows, openStoreOn, SCHEMA } from './open-store.ts'
import { sentinelRow } from './store-folder.ts'
import { earlierVersions, type FaultyDatabase } from './testing/earlier-versions.ts'
import { sampleRecord } from './testing/sample-rows.ts'

const durably = { sync: true } as const
const ID = '0'.repeat(32)
const HOST = { type: 'domain', value: 'popular.example' } as const
const KEY: Uint8Array = Buffer.from('key')
const [OLD, NEW] = [Uint8Array.of(1), Uint8Array.of(2)]

let folder: string
let sound: Database
let faulty: FaultyDatabase

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'store-'))
  sound = await openDatabase(join(folder, 'level'), { create: true })
  const sentinel = sentinelRow({ id: ID, schema: SCHEMA.version, createdAt: 0, openings: 0 })
  await sound.write([...emptyRows(new Uint8Array(32)), sentinel], durably)
  faulty = earlierVersions(sound)
})

afterEach(async () => {
  await sound[Symbol.asyncDispose]()
  await rm(folder, { recursive: true })
})

function openStore(): Promise<Store> {
  return openStoreOn({
    schema: SCHEMA,
    identity: { id: ID, openings: 0 },
    freeBytes: async () => Infinity,
    noteOpening: async () => undefined,
    // Closed by the tests, which open it more than once.
    database: { ...faulty.database, [Symbol.asyncDispose]: async () => undefined },
  })
}

const popular = (number: number) => sampleRecord(number, { observables: [HOST] })

describe(checkDatabase, () => {
  it.for(['get', 'getHere', 'getMany', 'named'] as const)(
    'has files merged where %s gives an earlier version',
    async (way) => {
      const database = checkDatabase(faulty.database)
      const read = async (): Promise<unknown> => {
        if (way === 'getMany') return (await database.getMany('values', [KEY]))[0]
        if (way === 'named') return (await database.named([Buffer.concat([Uint8Array.of(0x15), KEY])]))[0]
        return database[way]('values', KEY)
      }
      await database.write([{ table: 'values', key: KEY, value: OLD }], durably)
      expect(await read()).toEqual(OLD)
      faulty.isFaulty = true
      await database.write([{ table: 'values', key: KEY, value: NEW }], durably)
      expect(await faulty.database.get('values', KEY)).toEqual(OLD)
      expect(await read()).toEqual(NEW)
      expect(faulty.merged).toHaveLength(1)
      expect(await read()).toEqual(NEW)
      expect(faulty.merged).toHaveLength(1)
    },
  )

  it('knows a row that was deleted', async () => {
    const database = checkDatabase(faulty.database)
    await database.write([{ table: 'ids', key: KEY, value: OLD }], durably)
    await database.get('ids', KEY)
    faulty.isFaulty = true
    await database.write([{ table: 'ids', key: KEY, value: undefined }], durably)
    expect(await faulty.database.hasMany('ids', [KEY])).toEqual([true])
    expect(await database.hasMany('ids', [KEY])).toEqual([false])
    expect(await database.get('ids', KEY)).toBeUndefined()
  })

  it('gives no other row than was written', async () => {
    const database = checkDatabase(faulty.database)
    Object.assign(faulty, { isFaulty: true, heals: false })
    await database.write([{ table: 'meta', key: KEY, value: OLD }], durably)
    await database.write([{ table: 'meta', key: KEY, value: NEW }], durably)
    await expect(database.getHere('meta', KEY)).rejects.toMatchObject({ code: 'STORE_DAMAGED' })
  })

  it('goes by the disk where a write has failed', async () => {
    const database = checkDatabase({
      ...sound,
      async write(operations, options) {
        await sound.write(operations, options)
        if (operations.length > 1) throw new Error('no answer')
      },
    })
    const put = (value: Uint8Array) => ({ table: 'meta', key: KEY, value }) as const
    await database.write([put(OLD)], durably)
    await expect(database.write([put(OLD), put(NEW)], durably)).rejects.toThrow('no answer')
    expect(await database.get('meta', KEY)).toEqual(NEW)
  })

  it('builds no commit on what was before the last one', async () => {
    {
      await using store = await openStore()
      await store.commit({ records: [popular(1)] }, durably)
      faulty.isFaulty = true
      for (const number of [2, 3, 4]) await store.commit({ records: [popular(number)] }, durably)
      await store.commit({ removed: [popular(2).id] }, durably)
      expect(await store.lookup(HOST, 9)).toMatchObject({ total: 3 })
      expect(await store.recordsOfHeader(popular(1).header)).toHaveLength(2)
      expect(await store.hasRecords([popular(2).id])).toEqual([false])
    }
    faulty.isFaulty = false
    await using store = await openStore()
    expect(store.counts.records).toBe(3)
    expect(await store.lookup(HOST, 9)).toMatchObject({ total: 3 })
    expect(await store.verify(new AbortController().signal)).toBeGreaterThan(0)
  })
})
