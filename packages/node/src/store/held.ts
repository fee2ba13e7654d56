import { ORDER_BYTES, readNumber, writeNumber } from './keys.ts'

/** Sequences of the records of one header as runs: the first (6) and how many follow on each other (2). Ascending. */

/** The row with one more sequence, above all that are in it. */
export function addHeld(row: Uint8Array | undefined, sequence: number): Uint8Array {
  const runs = runsOf(row)
  const last = runs.at(-1)
  if (last === undefined || last.first + last.length !== sequence || last.length === MAX_LENGTH)
    return writeRuns([...runs, { first: sequence, length: 1 }])
  return writeRuns([...runs.slice(0, -1), { ...last, length: last.length + 1 }])
}

/** The row without a sequence; none where nothing is left. */
export function removeHeld(row: Uint8Array | undefined, sequence: number): Uint8Array | undefined {
  const runs = runsOf(row).flatMap(({ first, length }) => {
    if (sequence < first || sequence >= first + length) return [{ first, length }]
    const after = { first: sequence + 1, length: first + length - sequence - 1 }
    return [{ first, length: sequence - first }, after].filter((run) => run.length > 0)
  })
  return runs.length === 0 ? undefined : writeRuns(runs)
}

/** The sequences in a row, ascending. */
export function heldIn(row: Uint8Array | undefined): readonly number[] {
  return runsOf(row).flatMap(({ first, length }) => Array.from({ length }, (_, i) => first + i))
}

interface Run {
  readonly first: number
  readonly length: number
}

function runsOf(row: Uint8Array | undefined): readonly Run[] {
  return Array.from({ length: (row?.length ?? 0) / RUN_BYTES }, (_, i) => ({
    first: readNumber(row as Uint8Array, i * RUN_BYTES, ORDER_BYTES),
    length: readNumber(row as Uint8Array, i * RUN_BYTES + ORDER_BYTES, LENGTH_BYTES),
  }))
}

function writeRuns(runs: readonly Run[]): Uint8Array {
  const row = new Uint8Array(runs.length * RUN_BYTES)
  for (const [i, { first, length }] of runs.entries()) {
    writeNumber(row, i * RUN_BYTES, first, ORDER_BYTES)
    writeNumber(row, i * RUN_BYTES + ORDER_BYTES, length, LENGTH_BYTES)
  }
  return row
}

const LENGTH_BYTES = 2
const MAX_LENGTH = 0xffff
const RUN_BYTES: number = ORDER_BYTES + LENGTH_BYTES
