import { KEPT_CELLS, MAX_CELLS, shortIdsOf } from './cells.ts'
import type { Bucket, Mismatch } from './compare-node.ts'
import { type CellBounds, exchangeCells, idsOfShortIds } from './exchange-cells.ts'
import { type JoinedIds, joinIds } from './joined-ids.ts'
import { descend, type FoundIds, locate, type Located } from './locate.ts'
import type { Asking, ComparedSide } from './questions.ts'
import { SyncError } from './sync-error.ts'
import type { Summary } from './tree.ts'

/** In what two sets differ, as far as one session tells. */
export interface SetDifference {
  /** Everything at these paths, only the peer or only this side has; newest hours first. */
  readonly fetch: readonly Bucket[]
  readonly give: readonly Bucket[]
  /** Ids that only the peer, or only this side, has: in runs, newest hours first; behind them those that cells told, likewise. */
  readonly need: readonly JoinedIds[]
  readonly have: readonly JoinedIds[]
  /** Short ids that only the peer has, two words each, of the cells that were compared. */
  readonly pick: Int32Array
  /** Cells taken. */
  readonly cells: number
  /** Whether cells did not tell the difference, so that ids were told in full. */
  readonly gaveUp: boolean
}

/** Paths over which cells are compared. */
export const MAX_CELL_PATHS = 1024

/**
 * Compares the own set with a peer's from the summaries of both roots on: its tree down to the hours, cells where single ids are scattered, ids in
 * full where cells tell nothing.
 *
 * @throws SyncError SYNC_TREE_MISMATCH, SYNC_CELLS_MISMATCH, SYNC_MALFORMED, SYNC_LIMIT
 * @see docs/spec/reconciliation.md, "Comparison"
 */
export async function* compareSets(side: ComparedSide, theirs: Summary): Asking<SetDifference> {
  const located = yield* locate(side, theirs)
  const told: SetDifference = {
    fetch: newestFirst(located.fetch),
    give: newestFirst(located.give),
    need: idsOf(located.need),
    have: idsOf(located.have),
    pick: new Int32Array(0),
    cells: 0,
    gaveUp: false,
  }
  if (located.scattered.length === 0) return told
  const scope = scopeOf(located, theirs)
  let outcome = yield* exchangeCells(side, scope.paths, scope.bounds)
  let { paths } = scope
  if (!outcome.peeler.isDone && scope.isWhole && outcome.peeler.estimate > KEPT_CELLS / 2) {
    // More than the peer keeps cells for: it makes them where they are asked for by their paths.
    paths = scope.buckets.map(({ path }) => path)
    outcome = yield* exchangeCells(side, paths, { ...scope.bounds, cells: MAX_CELLS })
  }
  const { key, ids, shortIds, peeler } = outcome
  const { onlyTheirs, onlyOwn } = peeler.peeled
  // Ids of one short id leave no trace in cells: that the trees differ says that there are some.
  if (peeler.isDone && onlyTheirs.length + onlyOwn.length > 0) {
    const have = await idsOfShortIds(side, paths, key, onlyOwn, shortIds)
    return { ...told, have: [...told.have, ...have], pick: onlyTheirs, cells: peeler.size }
  }
  const { need, have, isWhole } = yield* descend(side, scope.buckets)
  // A few changes since the peer showed its tree touch few cells; a set made to stall cells explains them all.
  const changes = Math.abs(ids - scope.theirs) + UNSEEN_CHANGES
  if (!peeler.isDone && isWhole && changes <= FEW_CHANGES) {
    const named = (found: readonly FoundIds[]): Int32Array => shortIdsOf(key, joinIds(idsOf(found)))
    if ((await peeler.residue(named(need), named(have), side.breathe)) > changes * CELLS_PER_CHANGE)
      throw new SyncError('SYNC_CELLS_MISMATCH', 'the cells are not those of the set that the peer shows')
  }
  return {
    ...told,
    need: idsOf([...located.need, ...need]),
    have: idsOf([...located.have, ...have]),
    cells: peeler.size,
    gaveUp: true,
  }
}

/** Changes between tree and cells that are overlooked; those that their counts do not show; cells that one touches at most, nearly. */
const FEW_CHANGES = 16
const UNSEEN_CHANGES = 2
const CELLS_PER_CHANGE = 32

interface Scope {
  readonly isWhole: boolean
  readonly paths: readonly string[]
  readonly buckets: readonly Mismatch[]
  /** Ids that the peer has there. */
  readonly theirs: number
  readonly bounds: CellBounds
}

/** Over what cells are compared: the whole set, of which the peer keeps cells, where most of it differs somewhere; else the paths that do. */
function scopeOf({ scattered, fetch, give }: Located, theirs: Summary): Scope {
  const buckets = newestFirst(scattered).slice(0, MAX_CELL_PATHS)
  const held = buckets.reduce((sum, { expected }) => sum + expected.count, 0)
  const own = buckets.reduce((sum, bucket) => sum + bucket.own.count, 0)
  const isWhole = 2 * held > theirs.count && fetch.length + give.length === 0
  const bounds = { ids: own + held, cells: isWhole ? KEPT_CELLS : MAX_CELLS }
  return isWhole
    ? { isWhole, paths: [''], buckets, theirs: theirs.count, bounds }
    : { isWhole, paths: buckets.map(({ path }) => path), buckets, theirs: held, bounds }
}

function newestFirst<T extends { readonly path: string }>(found: readonly T[]): readonly T[] {
  return found.toSorted((a, b) => (a.path < b.path ? 1 : -1))
}

function idsOf(found: readonly FoundIds[]): readonly JoinedIds[] {
  return newestFirst(found).map(({ ids }) => ids)
}
