import type { Database, Operation, SealedRow } from './database.ts'
import type { Hex } from './interface.ts'
import { ORDER_BYTES, readNumber, writeNumber } from './keys.ts'
import { type RowArena, sealedIn } from './row-arena.ts'
import { fromHex } from './row-encoding.ts'

/** Which records are held under headers, as a batch is going to leave it. */
export interface HeldDraft {
  /** Reads what the other methods are going to be asked about. */
  load(headers: Iterable<Hex>): Promise<void>
  /** Adds a record beyond all that there are. */
  add(header: Hex, sequence: number): void
  /** Says whether any other record is left. */
  remove(header: Hex, sequence: number): boolean
  isHeld(header: Hex): boolean
  operations(arena: RowArena): readonly (Operation | SealedRow)[]
}

/** A draft over what is on disk. */
export function createHeldDraft(database: Pick<Database, 'getMany'>): HeldDraft {
  const rows = new Map<Hex, HeldRow>()

  function changed(header: Hex): Run[] {
    const row = rows.get(header)
    if (row === undefined) throw new RangeError('row of held used before it was loaded')
    row.isChanged = true
    return row.runs
  }

  return {
    async load(headers) {
      const missing = [...new Set(headers)].filter((header) => !rows.has(header))
      const keys = missing.map(fromHex)
      const found = await database.getMany('held', keys)
      for (const [i, header] of missing.entries())
        rows.set(header, { key: keys[i] as Uint8Array, runs: runsOf(found[i]), isChanged: false })
    },
    add: (header, sequence) => addToRuns(changed(header), sequence),
    remove(header, sequence) {
      const runs = changed(header)
      removeFromRuns(runs, sequence)
      return runs.length > 0
    },
    isHeld: (header) => (rows.get(header)?.runs.length ?? 0) > 0,
    operations: (arena) =>
      [...rows.values()].flatMap(({ key, runs, isChanged }): readonly (Operation | SealedRow)[] => {
        if (!isChanged) return []
        const value = writeRuns(runs)
        return [value === undefined ? { table: 'held', key, value } : sealedIn(arena, 'held', key, value)]
      }),
  }
}

interface HeldRow {
  readonly key: Uint8Array
  readonly runs: Run[]
  isChanged: boolean
}

/** Sequences of the records of one header as runs: the first (6) and how many follow on each other (2). Ascending. */
interface Run {
  first: number
  length: number
}

/** The runs of a row. */
export function runsOf(row: Uint8Array | undefined): Run[] {
  return Array.from({ length: (row?.length ?? 0) / RUN_BYTES }, (_, i) => ({
    first: readNumber(row as Uint8Array, i * RUN_BYTES, ORDER_BYTES),
    length: readNumber(row as Uint8Array, i * RUN_BYTES + ORDER_BYTES, LENGTH_BYTES),
  }))
}

/** The row of runs; none where there are none. */
export function writeRuns(runs: readonly Run[]): Uint8Array | undefined {
  if (runs.length === 0) return undefined
  const row = new Uint8Array(runs.length * RUN_BYTES)
  for (const [i, { first, length }] of runs.entries()) {
    writeNumber(row, i * RUN_BYTES, first, ORDER_BYTES)
    writeNumber(row, i * RUN_BYTES + ORDER_BYTES, length, LENGTH_BYTES)
  }
  return row
}

/** Adds a sequence above all that are in the runs. */
export function addToRuns(runs: Run[], sequence: number): void {
  const last = runs.at(-1)
  if (last !== undefined && last.first + last.length === sequence && last.length < MAX_LENGTH)
    last.length += 1
  else runs.push({ first: sequence, length: 1 })
}

/** Takes a sequence out of runs. */
export function removeFromRuns(runs: Run[], sequence: number): void {
  const at = runs.findIndex(({ first, length }) => first <= sequence && sequence < first + length)
  const run = runs[at]
  if (run === undefined) return
  const after = { first: sequence + 1, length: run.first + run.length - sequence - 1 }
  const left = [{ first: run.first, length: sequence - run.first }, after].filter(({ length }) => length > 0)
  runs.splice(at, 1, ...left)
}

/** The sequences in a row, ascending. */
export function heldIn(row: Uint8Array | undefined): readonly number[] {
  return runsOf(row).flatMap(({ first, length }) => Array.from({ length }, (_, i) => first + i))
}

const LENGTH_BYTES = 2
const MAX_LENGTH = 0xffff
const RUN_BYTES: number = ORDER_BYTES + LENGTH_BYTES
