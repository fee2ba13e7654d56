import { randomBytes } from 'node:crypto'
import { crc32 } from 'node:zlib'
import type { Operation, SealedRow } from './database.ts'
import { hashWhole } from './sidecar/keyed-hash.ts'
import { TABLES, type TableName } from './tables.ts'

/** What the last writes have made of rows that were there before: enough to tell whether a row that is read is as they left it. */
export interface RewrittenRows {
  /** Whether rows of a table are ever written again. */
  covers(table: TableName): boolean
  /** Whether a row that was just read, or that there is none, is what was last written, as far as that is remembered. */
  agrees(table: TableName, key: Uint8Array, row: Uint8Array | undefined): boolean
  /** Whether there is a row, as far as that is remembered. */
  isThere(table: TableName, key: Uint8Array): boolean | undefined
  /** Forgets the rows that a write is about to change. What it gives, called once they are written, remembers them as they are now. */
  writing(operations: readonly (Operation | SealedRow)[]): () => void
  clear(): void
}

/** A memory of some 500,000 rows, each at a place that its key gives: one that comes to a place puts out the one that was there. */
export function createRewrittenRows(): RewrittenRows {
  // Whoever could tell which rows come to one place could have one taken for another: record ids are for their authors to choose.
  const key = new Uint32Array(new Uint8Array(randomBytes(8)).buffer)
  let places = createPlaces(FEWEST_PLACES)
  let used = 0
  const words = new Uint32Array(2)
  /** Second halves of the hashes of rows that were found of late, at the place of the first: what is written of them is not new. */
  const found = new Uint32Array(FOUND)

  function hashOf(table: number, name: Uint8Array): RowHash {
    hashWhole(key, table, name, 0, name.length, false, words)
    return { 0: words[0] as number, 1: words[1] as number }
  }

  function isRemembered(hash: RowHash): boolean {
    const { size, firsts, seconds, sums } = places
    const at = hash[0] % size
    return firsts[at] === hash[0] && seconds[at] === hash[1] && sums[at] !== UNKNOWN
  }

  function remember({ hash, sum }: Note): void {
    if (used > places.size * MOST_USED && places.size < PLACES) places = grown(places)
    const { size, firsts, seconds, sums } = places
    const at = hash[0] % size
    if (firsts[at] === 0 && seconds[at] === 0) used++
    firsts[at] = hash[0]
    seconds[at] = hash[1]
    sums[at] = sum
  }

  /** What a write is going to leave; nothing of a row that is new, which LevelDB cannot have an earlier version of. */
  function noteOf(operation: Operation | SealedRow): Note | undefined {
    const isSealed = 'sealed' in operation
    const table = isSealed ? (operation.name[0] as number) : TABLES[operation.table]
    const kind = KINDS[table]
    if (kind === undefined) return undefined
    const hash = hashOf(table, isSealed ? operation.name.subarray(1) : operation.key)
    if (kind === 'when read' && found[hash[0] % FOUND] !== hash[1] && !isRemembered(hash)) return undefined
    const value = isSealed ? operation.sealed.subarray(0, -CHECKSUM_BYTES) : operation.value
    return { hash, sum: sumOf(value) }
  }

  return {
    covers: (table) => table in REWRITTEN,
    agrees(table, key, row) {
      const hash = hashOf(TABLES[table], key)
      if (row !== undefined) found[hash[0] % FOUND] = hash[1]
      return !isRemembered(hash) || places.sums[hash[0] % places.size] === sumOf(row)
    },
    isThere(table, key) {
      const hash = hashOf(TABLES[table], key)
      return isRemembered(hash) ? places.sums[hash[0] % places.size] !== GONE : undefined
    },
    writing(operations) {
      const notes = operations.flatMap((operation) => noteOf(operation) ?? [])
      for (const { hash } of notes) places.sums[hash[0] % places.size] = UNKNOWN
      return () => notes.forEach(remember)
    },
    clear: () => void places.sums.fill(UNKNOWN),
  }
}

/** Where rows are remembered: by the two halves of their hash and a checksum. */
interface Places {
  readonly size: number
  readonly firsts: Uint32Array
  readonly seconds: Uint32Array
  readonly sums: Uint32Array
}

function createPlaces(size: number): Places {
  return { size, firsts: new Uint32Array(size), seconds: new Uint32Array(size), sums: new Uint32Array(size) }
}

/** More places with the same rows, none of which come to one place that did not before. */
function grown({ size, ...before }: Places): Places {
  const places = createPlaces(size * GROWTH)
  for (let i = 0; i < size; i++) {
    const at = (before.firsts[i] as number) % places.size
    if (before.sums[i] === UNKNOWN) continue
    places.firsts[at] = before.firsts[i] as number
    places.seconds[at] = before.seconds[i] as number
    places.sums[at] = before.sums[i] as number
  }
  return places
}

/** The two halves of a keyed hash of a table and a key. */
type RowHash = Readonly<Record<0 | 1, number>>

interface Note {
  readonly hash: RowHash
  readonly sum: number
}

/** Of a row as it is now, or of one that is gone. */
function sumOf(value: Uint8Array | undefined): number {
  return value === undefined ? GONE : Math.max(crc32(value), GONE + 1)
}

/** Tables whose rows are written again: those of some at nearly every write, those of others only after they were read. */
const REWRITTEN: Readonly<Partial<Record<TableName, 'always' | 'when read'>>> = {
  lists: 'always',
  control: 'always',
  controlIds: 'always',
  meta: 'always',
  ledger: 'always',
  ids: 'when read',
  held: 'when read',
  values: 'when read',
  references: 'when read',
  targets: 'when read',
}
/** {@link REWRITTEN} by the byte of the table. */
const KINDS: readonly ('always' | 'when read' | undefined)[] = Array.from(
  { length: 256 },
  (_, byte) => Object.entries(REWRITTEN).find(([table]) => TABLES[table as TableName] === byte)?.[1],
)

const PLACES: number = 2 ** 19
/** A store of few records needs no megabytes for it. */
const FEWEST_PLACES: number = 2 ** 12
const GROWTH = 4
/** One row in thirty is put out by others at most, until there are as many places as there may be. */
const MOST_USED = 1 / 16
/** More than a batch reads. */
const FOUND: number = 2 ** 16
/** In the place of a checksum. */
const UNKNOWN = 0
const GONE = 1
const CHECKSUM_BYTES = 4
