import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { checkDatabase } from './checked-database.ts'
import { createCommitter } from './committer.ts'
import { type Database, openDatabase, type Operation } from './database.ts'
import { damaged, StoreError, storeErrorOf } from './errors.ts'
import { readIdentity, type StoreIdentity, writeIdentity } from './identity-file.ts'
import type { Hex, Store } from './interface.ts'
import { createLevelStore } from './level-store.ts'
import { clearEarlier, earlierSentinel, migrateTo3 } from './migrate-to-3.ts'
import { assertRoom, type FreeBytes, freeBytesAt } from './room.ts'
import { createScrubber } from './scrubber.ts'
import { COUNTS, decodeSentinel, encodeCounts, MASK, SENTINEL, type Sentinel } from './state-rows.ts'
import { NO_COUNTS, openState } from './state.ts'
import {
  entriesOf,
  IDENTITY,
  LEVEL,
  SIDECAR,
  makeStoreFolder,
  sentinelRow,
  TABLE_SUMS,
} from './store-folder.ts'
import { createTableSums, type TableSums } from './table-sums.ts'
import { createTreeCache } from './tree-cache.ts'
import { openValueMemory } from './value-memory.ts'

/** What a new store is made of. */
export interface CreateStoreOptions {
  /** Folder to make; there may be nothing in it. */
  readonly path: string
  /** 16 random bytes, by which its files are told from those of other stores. */
  readonly id: Hex
  readonly createdAt: number
}

/** Which store to open. */
export interface OpenStoreOptions {
  /** Folder that {@link createStore} made. */
  readonly path: string
}

/**
 * Brings a store from one schema version to the next. What it returns is written in one batch with the new version; what it
 * writes by itself may be written again, after a crash.
 */
type Migration = (database: Database) => Promise<readonly Operation[]>

/** The schema that this program writes, and how to get there: the migration at `n` leads from version `n` to `n + 1`. */
export interface Schema {
  readonly version: number
  readonly migrations: Readonly<Record<number, Migration>>
}

/** What this program writes. @see docs/spec/store.md, "Schemas" */
export const SCHEMA: Schema = { version: 3, migrations: {} }

/**
 * Makes a new, empty store and leaves it closed. The folder holds `store.id` and LevelDB's folder `level`; it appears whole or
 * not at all.
 *
 * @throws StoreError STORE_EXISTS when there is anything at the path; STORE_FULL, STORE_IO
 */
export function createStore(options: CreateStoreOptions): Promise<void> {
  return createStoreOf(SCHEMA, options)
}

/**
 * Opens a store, brings it to the present schema, and compares what is there with what was written. Never makes a new one.
 *
 * @throws StoreError STORE_MISSING, STORE_LOCKED, STORE_DAMAGED, STORE_NEWER, STORE_FULL, STORE_IO
 */
export function openStore(options: OpenStoreOptions): Promise<Store> {
  return openStoreOf({ schema: SCHEMA, freeBytes: freeBytesAt }, options)
}

/** {@link createStore} for a given schema. */
export function createStoreOf(schema: Schema, { path, id, createdAt }: CreateStoreOptions): Promise<void> {
  return makeStoreFolder(path, async (database) => {
    await database.write(emptyRows(new Uint8Array(randomBytes(MASK_BYTES))), { sync: false })
    return { id, schema: schema.version, createdAt, openings: 0 }
  })
}

/** The rows of an empty store, but for its sentinel. Of the mask, 32 random bytes, nobody else may know. */
export function emptyRows(mask: Uint8Array): readonly Operation[] {
  return [
    { table: 'state', key: COUNTS, value: encodeCounts(NO_COUNTS) },
    { table: 'state', key: MASK, value: mask },
  ]
}

/** What an opened store is made of besides its files. */
export interface OpenStoreComponents {
  readonly schema: Schema
  /** Free bytes of the disk that holds a path. */
  readonly freeBytes: (path: string) => ReturnType<FreeBytes>
}

/** {@link openStore} with given components. */
export async function openStoreOf(
  { schema, freeBytes }: OpenStoreComponents,
  { path }: OpenStoreOptions,
): Promise<Store> {
  const identity = await identityOf(path)
  const sums = createTableSums({ level: join(path, LEVEL), path: join(path, TABLE_SUMS) })
  await sums.check()
  await using opened = new AsyncDisposableStack()
  const database = opened.use(await openDatabase(join(path, LEVEL), { create: false }))
  const store = await openStoreOn({
    schema,
    database,
    identity,
    freeBytes: () => freeBytes(path),
    noteOpening: (next) => writeIdentity(join(path, IDENTITY), next),
    sidecarPath: join(path, SIDECAR),
    sums,
  })
  opened.move()
  return store
}

/** Where the rows of a store are, and what is known of it elsewhere. */
export interface StorePlace {
  readonly schema: Schema
  /** Closed with the store. */
  readonly database: Database
  readonly identity: StoreIdentity
  readonly freeBytes: FreeBytes
  /** Keeps the identity where it came from. */
  readonly noteOpening: (identity: StoreIdentity) => Promise<void>
  /** A file, in which what is in memory of the index of values is kept between openings. */
  readonly sidecarPath?: string
  /** What is noted of the files, where there are any. */
  readonly sums?: TableSums
}

/** {@link openStore} for rows that are in an open database. The caller closes that when this fails. */
export async function openStoreOn({
  schema,
  database: place,
  identity,
  freeBytes,
  noteOpening,
  sidecarPath,
  sums = NO_SUMS,
}: StorePlace): Promise<Store> {
  const database = checkDatabase(place)
  const sentinel = await migrate(database, await sentinelOf(database, identity), schema)
  await clearEarlier(database)
  const state = await openState(database)
  await countOpening(database, sentinel, noteOpening)

  const cache = createTreeCache(database, { maxBytes: MAX_CACHED_BYTES })
  const memory = await openValueMemory({
    database,
    mask: state.mask.bytes,
    commit: state.counts.commit,
    path: sidecarPath,
  })
  const committer = createCommitter({ database, cache, freeBytes, sidecar: memory.sidecar }, state)
  const scrubber = createScrubber({ database, assertRoom: () => assertRoom(freeBytes, SCRUB_BYTES) })
  scrubber.wake()
  return createLevelStore({ id: sentinel.id, database, cache, committer, scrubber, memory, sums })
}

const NO_SUMS: TableSums = { check: async () => undefined, note: async () => undefined }
const MASK_BYTES = 32
/** The nodes on the way to the newest hours of every set, many times over, and a full hour of each. */
const MAX_CACHED_BYTES: number = 16 * 1024 * 1024
/** Files that one step of a compaction makes before it deletes those that it read: a dozen of 2 MiB, and the room of a commit. */
const SCRUB_BYTES: number = 8 * 1024 * 1024

async function identityOf(path: string): Promise<StoreIdentity> {
  const identity = await readIdentity(join(path, IDENTITY))
  if (identity === undefined) {
    if ((await entriesOf(path)).length > 0) throw damaged('store.id is missing')
    throw new StoreError('STORE_MISSING', `expected a store at ${path}, found nothing`)
  }
  // LevelDB takes a folder without CURRENT for one that is to be filled.
  if (!(await entriesOf(join(path, LEVEL))).includes('CURRENT'))
    throw damaged('the files of LevelDB are missing')
  return identity
}

/**
 * The sentinel, once it is sure that LevelDB's files are those that `store.id` stands beside, and not an older copy. Rows of schemas
 * 1 and 2 are brought to 3.
 */
async function sentinelOf(database: Database, identity: StoreIdentity): Promise<Sentinel> {
  const bytes = await database.get('state', SENTINEL)
  const sentinel = bytes === undefined ? await earlierSentinel(database) : decodeSentinel(bytes)
  if (sentinel === undefined) throw damaged('the sentinel row is missing')
  if (sentinel.id !== identity.id) throw damaged('the files of LevelDB belong to another store')
  if (sentinel.openings < identity.openings) throw damaged('the files of LevelDB are an older copy')
  return bytes === undefined ? ((await migrateTo3(database)) as Sentinel) : sentinel
}

async function migrate(
  database: Database,
  found: Sentinel,
  { version, migrations }: Schema,
): Promise<Sentinel> {
  if (found.schema > version) {
    throw new StoreError(
      'STORE_NEWER',
      `expected schema ${version} or less, got ${found.schema}: upgrade this program`,
    )
  }
  let sentinel = found
  while (sentinel.schema < version) {
    const migration = migrations[sentinel.schema]
    if (migration === undefined) throw new RangeError(`no migration from schema ${sentinel.schema}`)
    sentinel = { ...sentinel, schema: sentinel.schema + 1 }
    await database.write([...(await migration(database)), sentinelRow(sentinel)], { sync: true })
  }
  return sentinel
}

/** LevelDB first: after a crash it may be ahead of the identity, and never behind. */
async function countOpening(
  database: Database,
  sentinel: Sentinel,
  noteOpening: StorePlace['noteOpening'],
): Promise<void> {
  const openings = sentinel.openings + 1
  await database.write([sentinelRow({ ...sentinel, openings })], { sync: true })
  await noteOpening({ id: sentinel.id, openings }).catch((error: unknown) => {
    throw storeErrorOf(error)
  })
}
