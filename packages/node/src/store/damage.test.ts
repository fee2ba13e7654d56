import {
  cp,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  truncate,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { freeBytesAt } from './room.ts'
import type { Store } from './interface.ts'
import { createStore, createStoreOf, openStore, openStoreOf, type Schema } from './open-store.ts'
import { sampleHeader, sampleRecord, START } from './testing/sample-rows.ts'

const ID = '00112233445566778899aabbccddeeff'

let folder: string
let path: string
let level: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'store-'))
  path = join(folder, 'store')
  level = join(path, 'level')
})

afterEach(() => rm(folder, { recursive: true }))

/** Makes a store with some commits and closes it. */
async function makeStore(at: string = path, id: string = ID): Promise<void> {
  await createStore({ path: at, id, createdAt: START })
  await using store = await openStore({ path: at })
  await fill(store, 0)
}

async function fill(store: Store, from: number): Promise<void> {
  for (let batch = from; batch < from + 5; batch++) {
    const records = Array.from({ length: 40 }, (_, i) => sampleRecord(batch * 40 + i))
    await store.commit({ records, headers: [sampleHeader(`h${batch}`, { seq: batch })] }, { sync: true })
  }
}

/** The files of LevelDB with an ending, newest last. */
async function levelFiles(ending: string): Promise<string[]> {
  const names = (await readdir(level)).filter((name) => name.endsWith(ending)).sort()
  return names.map((name) => join(level, name))
}

/** Leaves a store with some commits as a crash does, and gives LevelDB's log: closing and opening write it out as a table. */
async function crash(): Promise<string> {
  const running = join(folder, 'running')
  await createStore({ path: running, id: ID, createdAt: START })
  await using store = await openStore({ path: running })
  await fill(store, 0)
  await cp(running, path, { recursive: true })
  return (await levelFiles('.log')).at(-1) as string
}

async function expectRefusal(code: string): Promise<void> {
  await expect(openStore({ path })).rejects.toMatchObject({ code })
}

describe(createStore, () => {
  it('refuses a path where there is anything', async () => {
    await makeStore()
    await expect(createStore({ path, id: ID, createdAt: 1 })).rejects.toMatchObject({ code: 'STORE_EXISTS' })
    await rm(join(path, 'store.id'))
    await expect(createStore({ path, id: ID, createdAt: 1 })).rejects.toMatchObject({ code: 'STORE_EXISTS' })
  })

  it('goes on where an earlier try was cut short', async () => {
    await mkdir(`${path}.new/level`, { recursive: true })
    await writeFile(`${path}.new/level/CURRENT`, 'half')
    await makeStore()
    expect(await readdir(folder)).toEqual(['store'])
  })
})

describe(openStore, () => {
  it('never makes a store', async () => {
    await expectRefusal('STORE_MISSING')
    await mkdir(path)
    await expectRefusal('STORE_MISSING')
    expect(await readdir(path)).toEqual([])
  })

  it('is for one at a time', async () => {
    await makeStore()
    await using _held = await openStore({ path })
    await expectRefusal('STORE_LOCKED')
  })

  const damages: Readonly<Record<string, () => Promise<unknown>>> = {
    'CURRENT is gone': () => rm(join(level, 'CURRENT')),
    'CURRENT is empty': () => truncate(join(level, 'CURRENT')),
    'the LevelDB folder is gone': () => rm(level, { recursive: true }),
    'the LevelDB folder is empty': async () => {
      await rm(level, { recursive: true })
      await mkdir(level)
    },
    'store.id is gone': () => rm(join(path, 'store.id')),
    'store.id is no identity': () => writeFile(join(path, 'store.id'), 'abc 1\n'),
    'the manifest is cut': async () =>
      truncate((await levelFiles('')).find((name) => name.includes('MANIFEST')) ?? '', 20),
    'a table is gone': async () => {
      await (await openStore({ path }))[Symbol.asyncDispose]()
      await rm((await levelFiles('.ldb'))[0] as string)
    },
    'the manifest is gone': async () =>
      rm((await levelFiles('')).find((name) => name.includes('MANIFEST')) ?? ''),
    'another store lies in its place': async () => {
      await makeStore(join(folder, 'other'), 'f'.repeat(32))
      await rm(level, { recursive: true })
      await cp(join(folder, 'other', 'level'), level, { recursive: true })
    },
    'an older copy lies in its place': async () => {
      await cp(level, join(folder, 'copy'), { recursive: true })
      await (await openStore({ path }))[Symbol.asyncDispose]()
      await rm(level, { recursive: true })
      await rename(join(folder, 'copy'), level)
    },
  }
  it.for(Object.entries(damages))('notices that %s', async ([, damage]) => {
    await makeStore()
    await damage()
    await expectRefusal('STORE_DAMAGED')
    // And does not heal by forgetting.
    await expectRefusal('STORE_DAMAGED')
  })

  it('notices a block of the log that was overwritten with zeros', async () => {
    const log = await crash()
    const bytes = await readFile(log)
    expect(bytes.length).toBeGreaterThan(3 * 32_768)
    bytes.fill(0, 40_000, 40_512)
    await writeFile(log, bytes)
    await expectRefusal('STORE_DAMAGED')
  })

  it('opens with the commits before the place where the log breaks off', async () => {
    const log = await crash()
    await truncate(log, (await stat(log)).size - 100)
    await using cut = await openStore({ path })
    expect(cut.counts).toEqual({ records: 160, headers: 4, sequence: 160 })
    expect(cut.rootOf('green').count).toBe(160)
  })

  it('expects nothing of a file that LevelDB had not finished when it was closed', async () => {
    await makeStore()
    const half = join(level, '000123.ldb')
    {
      await using store = await openStore({ path })
      await writeFile(half, 'half a table')
      await store.noteFiles()
    }
    // LevelDB gives the number to another table.
    await writeFile(half, 'a whole table')
    await using store = await openStore({ path })
    expect(store.counts.records).toBe(200)
  })

  it('refuses a store of a later version', async () => {
    await createStoreOf({ version: 99, migrations: {} }, { path, id: ID, createdAt: START })
    await expectRefusal('STORE_NEWER')
  })
})

describe(openStoreOf, () => {
  it('brings a store of an earlier version up to date, one version at a time', async () => {
    await createStoreOf({ version: 0, migrations: {} }, { path, id: ID, createdAt: START })
    const append =
      (text: string): Schema['migrations'][number] =>
      async (database) => {
        const before = (await database.get('meta', STEPS)) ?? new Uint8Array()
        return [{ table: 'meta', key: STEPS, value: Buffer.concat([before, Buffer.from(text)]) }]
      }
    const schema: Schema = { version: 2, migrations: { 0: append('a'), 1: append('b') } }
    for (const _opening of [1, 2]) {
      await using store = await openStoreOf({ ...PARTS, schema }, { path })
      expect(Buffer.from((await store.meta('steps')) ?? []).toString()).toBe('ab')
    }
  })

  it('stays at the old version when a migration fails', async () => {
    await createStoreOf({ version: 0, migrations: {} }, { path, id: ID, createdAt: START })
    const failing: Schema = { version: 1, migrations: { 0: () => Promise.reject(new TypeError('no')) } }
    await expect(openStoreOf({ ...PARTS, schema: failing }, { path })).rejects.toThrow(TypeError)
    await using store = await openStoreOf({ ...PARTS, schema: { version: 0, migrations: {} } }, { path })
    expect(store.counts.records).toBe(0)
  })
})

describe('reading', () => {
  it('finds every flipped bit of a table', async () => {
    await makeStore()
    // Opening writes LevelDB's log out as a table.
    await (await openStore({ path }))[Symbol.asyncDispose]()
    const tables = await levelFiles('.ldb')
    const bytes = await Promise.all(tables.map((table) => readFile(table)))
    const largest = bytes.reduce(
      (found, table, i) => (table.length > (bytes[found]?.length ?? 0) ? i : found),
      0,
    )
    const table = bytes[largest] as Buffer
    let noticed = 0
    for (let flip = 0; flip < FLIPS; flip++) {
      const trial = join(folder, `trial-${flip}`)
      await cp(path, trial, { recursive: true })
      const flipped = Buffer.from(table)
      const place = Math.floor((table.length / FLIPS) * flip)
      flipped.writeUInt8(flipped.readUInt8(place) ^ (1 << (flip % 8)), place)
      await writeFile(join(trial, 'level', basename(tables[largest] as string)), flipped)
      noticed += (await isNoticed(trial)) ? 1 : 0
    }
    expect(noticed).toBe(FLIPS)
  })

  it('refuses a record whose leaf is not the one that was verified', async () => {
    await createStore({ path, id: ID, createdAt: START })
    const other = sampleRecord(2)
    await using store = await openStore({ path })
    await store.commit({ records: [{ ...sampleRecord(1), leaf: other.leaf }] }, { sync: false })
    await expect(store.record(sampleRecord(1).id)).rejects.toMatchObject({ code: 'STORE_DAMAGED' })
    await expect(store.verify(new AbortController().signal)).rejects.toMatchObject({ code: 'STORE_DAMAGED' })
  })

  /** Whether opening notices damage: to read on, LevelDB might end the process. */
  async function isNoticed(trial: string): Promise<boolean> {
    try {
      await using _store = await openStore({ path: trial })
      return false
    } catch (error) {
      expect(error).toMatchObject({ code: 'STORE_DAMAGED' })
      return true
    }
  }
})

const STEPS = Buffer.from('steps')
const FLIPS = 48
const PARTS = { freeBytes: freeBytesAt }
