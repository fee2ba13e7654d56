import type { Database, Operation, RowRange } from './database.ts'
import { joinKeys, ORDER_BYTES, orderKey } from './keys.ts'
import { rowKey } from './sealed-row.ts'
import { tableOf, type TableName } from './tables.ts'

/** A row of the table `scrubs`: notes in commit `commit` that what is deleted in a range has to leave the files. */
export function scrubRow(commit: number, { table, from, to }: RowRange): Operation {
  return { table: 'scrubs', key: joinKeys(orderKey(commit), rowKey(table, from)), value: to }
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

/** Below, each range is rewritten by itself, which touches a file or two of some MiB; beyond, all between the outermost. */
const MAX_RANGES = 16
const FORGET_STEP = 1_000
