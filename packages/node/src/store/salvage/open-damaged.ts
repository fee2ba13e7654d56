import { rowKey } from '../sealed-row.ts'
import { SENTINEL } from '../state-rows.ts'
import { openDamagedLevel } from './damaged-level.ts'
import type { DamagedRows } from './damaged-rows.ts'
import { earlierRowsIn, hasEarlierRows } from './earlier-damaged-rows.ts'
import { presentRowsIn } from './present-damaged-rows.ts'

/**
 * Opens the rows in LevelDB's folder, of whichever schema they are: see {@link openDamagedLevel}.
 *
 * @throws Error of LevelDB where it opens nothing
 */
export async function openDamaged(path: string, repair: boolean): Promise<DamagedRows & AsyncDisposable> {
  const level = await openDamagedLevel(path, repair)
  const close = { [Symbol.asyncDispose]: () => level[Symbol.asyncDispose]() }
  // The sentinel is what a migration writes last: without it, the rows of schema 3 beside earlier ones are not all.
  const sentinel = await level.get('state', rowKey('state', SENTINEL), (row) => row)
  const isEarlier = sentinel === undefined && (await hasEarlierRows(level))
  return Object.assign(isEarlier ? earlierRowsIn(level) : presentRowsIn(level), close)
}
