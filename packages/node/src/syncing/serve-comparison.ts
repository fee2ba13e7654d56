import {
  CELL_WORDS,
  type Cells,
  cellsOf,
  encodeCellRun,
  type IdSource,
  idsOfShortIds,
  type JoinedIds,
  KEPT_CELLS,
  type MacKey,
  macKeyOf,
  MAX_CELLS,
  nodesThatFit,
  type Summary,
  SyncError,
  type SyncAnswer,
  type SyncQuestion,
  type SyncSet,
} from '@intelmesh/protocol'
import type { CellKeeper } from './cell-keeper.ts'

/** Answers the questions of one comparison over one view of a set. */
export interface ComparisonServer {
  /** @throws SyncError SYNC_MALFORMED, SYNC_LIMIT */
  answer(question: SyncQuestion): Promise<SyncAnswer>
  /** The ids with these short ids under the paths of the cells that were asked for last. @throws SyncError SYNC_MALFORMED, SYNC_LIMIT */
  idsOf(shortIds: Int32Array): Promise<readonly JoinedIds[]>
}

export interface ServedView extends Omit<IdSource, 'breathe'> {
  readonly set: SyncSet
  readonly root: Summary
  /** Whether the view is all of the set. */
  readonly isWhole: boolean
}

export interface ServingComponents {
  readonly cells: CellKeeper
  readonly newKey: () => Uint8Array
  readonly breathe: () => Promise<void>
}

/** Tables that are made for one session, and times that ids are looked for by short ids: each reads all of a set at most. */
const MAX_READINGS = 8

interface Table {
  readonly paths: readonly string[]
  readonly keyBytes: Uint8Array
  readonly key: MacKey
  readonly ids: number
  readonly most: number
  cells: Cells
  /** Cells given so far. */
  given: number
}

/** @see docs/spec/reconciliation.md, "Cells" */
export function createComparisonServer(
  { cells: keeper, newKey, breathe }: ServingComponents,
  view: ServedView,
): ComparisonServer {
  let table: Table | undefined
  let readings = 0

  /** What makes this node read much of a set is done so often and no more. */
  function countReading(): void {
    if (++readings > MAX_READINGS) throw new SyncError('SYNC_LIMIT', 'a session asks for few tables of cells')
  }

  async function begin(paths: readonly string[]): Promise<Table> {
    countReading()
    const isOfAll = view.isWhole && paths.length === 1 && paths[0] === ''
    const most = isOfAll ? KEPT_CELLS : MAX_CELLS
    const kept = isOfAll ? await keeper.copyOf(view.set, view.root) : undefined
    if (kept !== undefined) return { ...kept, paths, most, given: 0 }
    const keyBytes = newKey()
    const key = macKeyOf(keyBytes)
    const cells = await cellsOf({ ...view, breathe }, paths, key, isOfAll ? KEPT_CELLS : 1)
    return { paths, keyBytes, key, ids: countIn(cells), cells, most, given: 0 }
  }

  return {
    async answer(question) {
      if (question.type === 'ask')
        return {
          type: 'nodes',
          nodes: nodesThatFit(await Promise.all(question.paths.map(async (path) => view.read(path)))),
        }
      if (question.paths.length > 0) table = await begin(question.paths)
      if (table === undefined) throw new SyncError('SYNC_MALFORMED', 'expected the paths of the first cells')
      const { keyBytes, key, ids, paths, given } = table
      const end = given + question.count
      if (end > table.most) throw new SyncError('SYNC_LIMIT', `a table has ${table.most} cells at most`)
      if (end > table.cells.size) {
        countReading()
        table.cells = await cellsOf({ ...view, breathe }, paths, key, Math.min(4 * end, table.most))
      }
      table.given = end
      return { type: 'run', key: keyBytes, ids, cells: encodeCellRun(table.cells, given, end, ids) }
    },
    async idsOf(shortIds) {
      countReading()
      if (table === undefined) throw new SyncError('SYNC_MALFORMED', 'expected cells before what they tell')
      return idsOfShortIds({ ...view, breathe }, table.paths, table.key, shortIds)
    },
  }
}

/** Every id is in the first cell. */
function countIn({ words }: Cells): number {
  return words[CELL_WORDS - 1] as number
}
