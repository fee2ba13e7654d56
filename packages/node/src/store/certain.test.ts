import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { openDatabase } from './database.ts'
import { StoreError } from './errors.ts'
import { readIdentity } from './identity-file.ts'
import { createStore, openStoreOn, SCHEMA } from './open-store.ts'
import { sampleRecord } from './testing/sample-rows.ts'

const durably = { sync: true } as const

describe('certain', () => {
  it('finds out what a commit has left that met a full disk, as soon as there is room', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'store-'))
    const path = join(folder, 'store')
    await createStore({ path, id: '0'.repeat(32), createdAt: 0 })
    const identity = (await readIdentity(join(path, 'store.id'))) as NonNullable<
      Awaited<ReturnType<typeof readIdentity>>
    >
    const database = await openDatabase(join(path, 'level'), { create: false })
    const disk = { fails: false, free: Infinity }
    {
      await using store = await openStoreOn({
        schema: SCHEMA,
        identity,
        freeBytes: () => disk.free,
        noteOpening: async () => undefined,
        database: {
          ...database,
          async write(...args) {
            await database.write(...args)
            if (!disk.fails) return
            disk.free = 0
            throw new StoreError('STORE_FULL', 'the disk has no room')
          },
        },
      })
      await store.certain()
      disk.fails = true
      const full = { code: 'STORE_FULL' }
      await expect(store.commit({ records: [sampleRecord(1)] }, durably)).rejects.toMatchObject(full)
      await expect(store.certain()).rejects.toMatchObject(full)
      expect(store.counts.records).toBe(0)
      Object.assign(disk, { fails: false, free: Infinity })
      await store.certain()
      expect(store.counts.records).toBe(1)
      // What is made from here on is not refused for what was not known before.
      await store.commit({ records: [sampleRecord(2)] }, durably)
      expect(store.counts.records).toBe(2)
    }
    await rm(folder, { recursive: true })
  })
})
