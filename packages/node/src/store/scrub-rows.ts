import type { Database, Operation, RowRange } from './database.ts'
import { joinKeys, ORDER_BYTES, orderKey } from './keys.ts'
import { rowKey } from './sealed-row.ts'
import { tableOf, type TableName } from './tables.ts'

/**
 * A row of the table `scrubs`: notes in commit `commit` that what a row said before has to leave the files. It names a range around
 * the row, whose ends are keys of no row, and tell no more than the beginning of an id.
 */
export function scrubRow(commit: number, table: TableName, key: Uint8Array): Operation {
  const near = key.length < LONG_KEY ? key : key.subarray(0, TOLD_BYTES)
  return {
    table: 'scrubs',
    key: joinKeys(orderKey(commit), rowKey(table, keyBefore(near))),
    value: joinKeys(near, ABOVE),
  }
}

/** What is noted up to now. */
export interface Scrubs {
  /** Key of the last row that was read; absent where there is none. */
  readonly last: Uint8Array | undefined
  /** What to rewrite: a few ranges of each table, which hold all that are noted. */
  readonly ranges: readonly RowRange[]
}

/** Reads all rows, in constant memory: many ranges of one table become one. */
export async function readScrubs(database: Pick<Database, 'entries'>): Promise<Scrubs> {
  const byTable = new Map<TableName, { readonly few: RowRange[]; hull: RowRange }>()
  let last: Uint8Array | undefined
  for await (const [key, value] of database.entries('scrubs', {})) {
    last = key
    const table = tableOf(key[ORDER_BYTES])
    if (table === undefined) continue
    const range = { table, from: key.slice(ORDER_BYTES + 1), to: value.slice() }
    const noted = byTable.get(table) ?? { few: [], hull: range }
    if (noted.few.length <= MAX_RANGES) noted.few.push(range)
    byTable.set(table, { ...noted, hull: hullOf(noted.hull, range) })
  }
  const ranges = [...byTable.values()].flatMap(({ few, hull }) => (few.length > MAX_RANGES ? [hull] : few))
  return { last, ranges }
}

/** Deletes the rows up to `last`, once what they ask for is done. */
export async function forgetScrubs(
  database: Pick<Database, 'entries' | 'write'>,
  last: Uint8Array,
): Promise<void> {
  let done: Operation[] = []
  for await (const [key] of database.entries('scrubs', { until: joinKeys(last, Uint8Array.of(0)) })) {
    done.push({ table: 'scrubs', key, value: undefined })
    if (done.length < FORGET_STEP) continue
    await database.write(done, { sync: false })
    done = []
  }
  await database.write(done, { sync: false })
}

function hullOf(a: RowRange, b: RowRange): RowRange {
  const keys = [a.from, a.to, b.from, b.to].toSorted((x, y) => Buffer.compare(x, y))
  return { table: a.table, from: keys[0] as Uint8Array, to: keys.at(-1) as Uint8Array }
}

/** A key shortly before another. No text holds the byte 0xff, and hashes have one length in a table. */
function keyBefore(key: Uint8Array): Uint8Array {
  const last = key.at(-1) ?? 0
  const rest = key.subarray(0, -1)
  return last === 0 ? rest : joinKeys(rest, Uint8Array.of(last - 1), ABOVE)
}

const ABOVE: Uint8Array = new Uint8Array(8).fill(0xff)
/** Keys with ids in them are as long, and of those only the beginning is told. */
const LONG_KEY = 32
const TOLD_BYTES = 4
/** Below, each range is rewritten by itself, which touches a file or two of some MiB; beyond, all between the outermost. */
const MAX_RANGES = 16
const FORGET_STEP = 1_000
