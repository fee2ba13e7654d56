import type { Store } from '../store/index.ts'

/** An entry of the ledger; `undefined` deletes. */
type LedgerEntry = readonly [key: string, row: unknown]

/** Rows of the ledger in the order in which they are due: `due/<hour>/<key>`. */
const DUE = 'due/'
/** Digits of an hour, so that the order of keys is that of hours. */
const HOUR_DIGITS = 16

/**
 * A row of the ledger that is there until an hour is swept to, and the row beside it by which the sweep finds it. Both go together:
 * the key of the one stands in the other.
 *
 * @param hour whole hours since the Unix epoch, always the same for a key
 * @param row `undefined` deletes
 */
export function untilHour(hour: number, key: string, row: unknown): readonly [LedgerEntry, LedgerEntry] {
  return [
    [key, row],
    [dueKey(hour, key), row === undefined ? undefined : 1],
  ]
}

/** Rows that are due by an hour, a step at a time, as entries that delete them. */
export async function* dueBy(
  store: Pick<Store, 'ledgerRows'>,
  hour: number,
  step: number,
): AsyncIterable<Record<string, undefined>> {
  const end = dueKey(hour + 1, '')
  let rows: Record<string, undefined> = {}
  let count = 0
  for await (const [due] of store.ledgerRows(DUE)) {
    if (due >= end) break
    rows[due] = undefined
    rows[due.slice(end.length)] = undefined
    if (++count < step) continue
    yield rows
    rows = {}
    count = 0
  }
  if (count > 0) yield rows
}

function dueKey(hour: number, key: string): string {
  return `${DUE}${String(hour).padStart(HOUR_DIGITS, '0')}/${key}`
}
