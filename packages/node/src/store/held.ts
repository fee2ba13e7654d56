import { ORDER_BYTES, readNumber, writeNumber } from './keys.ts'

/** Sequences of the records of one header as runs: the first (6) and how many follow on each other (2). Ascending. */

export interface Run {
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
