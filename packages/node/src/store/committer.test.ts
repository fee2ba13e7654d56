import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createCommitter } from './committer.ts'
import { type Database, openDatabase } from './database.ts'
import { StoreError } from './errors.ts'
import { observableKey } from './observable-keys.ts'
import { emptyRows } from './open-store.ts'
import { readPostings } from './postings.ts'
import { createSidecar } from './sidecar/index.ts'
import { COUNTS, decodeCounts } from './state-rows.ts'
import { loadState, NO_COUNTS, openState } from './state.ts'
import { sampleRecord } from './testing/sample-rows.ts'
import { createTreeCache, readerOf, nodeKey } from './tree-cache.ts'

const durably = { sync: true } as const
const HOSTS = ['a', 'b', 'c', 'd'].map((name) => ({ type: 'domain', value: `${name}.example` }) as const)

let folder: string
let database: Database

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'store-'))
  database = await openDatabase(join(folder, 'level'), { create: true })
  await database.write(emptyRows(new Uint8Array(32)), durably)
})

afterEach(async () => {
  await database[Symbol.asyncDispose]()
  await rm(folder, { recursive: true })
})

/** A committer on a disk whose next write fails, before or after it was done, and leaves room or none. */
async function createFaulty() {
  const disk = {
    fails: undefined as 'before' | 'after' | undefined,
    free: Infinity,
    freeThen: Infinity,
    reopened: 0,
  }
  const faulty: Database = {
    ...database,
    async write(operations, options) {
      const { fails } = disk
      disk.fails = undefined
      if (fails !== 'before') await database.write(operations, options)
      if (fails !== undefined) disk.free = disk.freeThen
      if (fails !== undefined) throw new StoreError('STORE_IO', 'the disk fails')
    },
    async reopen() {
      disk.reopened++
      await database.reopen()
    },
  }
  const cache = createTreeCache(database, { maxBytes: 99_999 })
  const freeBytes = async (): Promise<number> => disk.free
  const sidecar = createSidecar(new Uint8Array(32))
  const committer = createCommitter(
    { database: faulty, cache, freeBytes, sidecar },
    await loadState(database),
  )
  return { disk, cache, committer, sidecar }
}

describe(createCommitter, () => {
  it.for(['before', 'after'] as const)(
    'goes by the disk when a write failed %s it was done',
    async (fails) => {
      const { disk, cache, committer } = await createFaulty()
      await committer.commit([{ records: [sampleRecord(1)] }], durably)
      await readerOf(cache, 'green')('')
      disk.fails = fails
      await expect(committer.commit([{ records: [sampleRecord(2)] }], durably)).rejects.toMatchObject({
        code: 'STORE_IO',
      })
      // Whoever reads now makes the next commit from it.
      expect(committer.state.counts.records).toBe(fails === 'before' ? 1 : 2)
      await committer.commit([{ records: [sampleRecord(3)] }], durably)
      const expected = fails === 'before' ? 2 : 3
      expect(committer.state.counts).toMatchObject({ records: expected, sequence: expected })
      const onDisk = await loadState(database)
      expect(committer.state.counts).toEqual(onDisk.counts)
      expect(committer.state.roots).toEqual(onDisk.roots)
      expect(await database.count('records', {})).toBe(expected)
      expect(disk.reopened).toBe(1)
    },
  )

  it('refuses before it writes when there is little room, and goes on by itself when there is more', async () => {
    const { disk, committer } = await createFaulty()
    disk.free = 1_000_000
    await expect(committer.commit([{ records: [sampleRecord(1)] }], durably)).rejects.toMatchObject({
      code: 'STORE_FULL',
    })
    expect(await database.count('records', {})).toBe(0)
    disk.free = Infinity
    await committer.commit([{ records: [sampleRecord(1)] }], durably)
    expect(disk.reopened).toBe(0)
    expect(committer.state.counts.records).toBe(1)
  })

  it('does not open the database anew while there is no room for it', async () => {
    const { disk, committer } = await createFaulty()
    disk.fails = 'before'
    disk.freeThen = 0
    await expect(committer.commit([{ meta: { a: new Uint8Array() } }], durably)).rejects.toThrow(StoreError)
    await expect(committer.commit([{ meta: { b: new Uint8Array() } }], durably)).rejects.toMatchObject({
      code: 'STORE_FULL',
    })
    expect(disk.reopened).toBe(0)
    disk.free = Infinity
    await committer.commit([{ meta: { c: new Uint8Array([1]) } }], durably)
    expect(disk.reopened).toBe(1)
    expect(await database.get('meta', Buffer.from('c'))).toEqual(new Uint8Array([1]))
  })

  it('fails a commit that was made before it is known what the disk had taken', async () => {
    const { disk, committer } = await createFaulty()
    disk.fails = 'after'
    disk.freeThen = 0
    await expect(committer.commit([{ meta: { a: new Uint8Array([1]) } }], durably)).rejects.toThrow(
      StoreError,
    )
    disk.free = Infinity
    await expect(committer.commit([{ meta: { a: new Uint8Array([2]) } }], durably)).rejects.toMatchObject({
      code: 'STORE_IO',
    })
    expect(await database.get('meta', Buffer.from('a'))).toEqual(new Uint8Array([1]))
    await committer.commit([{ meta: { a: new Uint8Array([3]) } }], durably)
    expect(await database.get('meta', Buffer.from('a'))).toEqual(new Uint8Array([3]))
  })

  it('leaves in memory what the rows say, whatever is removed, and whichever writes fail', async () => {
    const record = fc
      .nat(7)
      .map((number) => sampleRecord(number, { observables: HOSTS.slice(number % 4, 4) }))
    const steps = fc.array(
      fc.record({
        changes: fc.record({
          records: fc.array(record, { maxLength: 3 }),
          removed: fc.array(
            fc.nat(7).map((number) => sampleRecord(number).id),
            { maxLength: 3 },
          ),
        }),
        fails: fc.constantFrom(undefined, undefined, 'before', 'after'),
      }),
      { maxLength: 12 },
    )
    await fc.assert(
      fc.asyncProperty(steps, async (sequence) => {
        const { disk, committer, sidecar } = await createFaulty()
        for (const { changes, fails } of sequence) {
          disk.fails = fails
          await committer.commit([changes], durably).catch(() => undefined)
          for (const host of HOSTS) {
            const row = await database.get('values', observableKey(host, sidecar.key))
            const { listed } = readPostings(row)
            expect(sidecar.mayHave(host)).toBe(row !== undefined)
            expect(sidecar.only(host)).toEqual(listed.length === 1 ? listed[0] : undefined)
          }
        }
        await committer.commit(
          [{ removed: [0, 1, 2, 3, 4, 5, 6, 7].map((number) => sampleRecord(number).id) }],
          durably,
        )
        expect(sidecar.size).toBe(0)
      }),
      { numRuns: 15 },
    )
  })

  it('is told at the next opening from an earlier root of as many ids', async () => {
    const { committer } = await createFaulty()
    await committer.commit([{ records: [sampleRecord(1)] }], durably)
    const root = { table: 'tree', key: nodeKey('green', '') } as const
    const earlier = await database.get(root.table, root.key)
    await committer.commit([{ removed: [sampleRecord(1).id], records: [sampleRecord(2)] }], durably)
    expect((await openState(database)).counts.records).toBe(1)

    await database.write([{ ...root, value: earlier }], durably)
    await expect(openState(database)).rejects.toMatchObject({ code: 'STORE_DAMAGED' })
  })

  it('writes counts, records and trees of a group in one batch', async () => {
    const { committer } = await createFaulty()
    await committer.commit(
      [{ records: [sampleRecord(1)] }, { removed: [sampleRecord(1).id] }, { records: [sampleRecord(2)] }],
      durably,
    )
    expect(decodeCounts((await database.get('state', COUNTS)) as Uint8Array)).toEqual({
      ...NO_COUNTS,
      records: 1,
      sequence: 2,
      commit: 1,
    })
  })
})
