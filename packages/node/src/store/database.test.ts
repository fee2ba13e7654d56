import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Database, openDatabase } from './database.ts'

let folder: string
let path: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'database-'))
  path = join(folder, 'level')
})

afterEach(() => rm(folder, { recursive: true }))

async function write(database: Database): Promise<void> {
  const value = new Uint8Array(1000)
  const rows = Array.from({ length: 1000 }, (_, i) => Buffer.from(`${i}`))
  await database.write(
    rows.map((key) => ({ table: 'meta', key, value })),
    { sync: true },
  )
  await database.compact()
}

describe(openDatabase, () => {
  it('names the tables that LevelDB has, and no other file', async () => {
    await using database = await openDatabase(path, { create: true })
    await write(database)
    const files = (await readdir(path)).filter((name) => name.endsWith('.ldb'))
    expect(files.length).toBeGreaterThan(0)
    expect(database.tables().toSorted()).toEqual(files.toSorted())
  })

  it('names none, and closes, where LevelDB could not be opened again', async () => {
    await using database = await openDatabase(path, { create: true })
    await write(database)
    await rm(join(path, 'CURRENT'))
    await expect(database.reopen()).rejects.toMatchObject({ code: 'STORE_DAMAGED' })
    expect(database.tables()).toEqual([])
  })
})
