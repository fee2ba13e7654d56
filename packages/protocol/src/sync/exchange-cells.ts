import { decodeCellRun } from './cell-run.ts'
import { type Cells, createCells, shortIdsOf, toggleShortIds } from './cells.ts'
import { type MacKey, macKeyOf } from './chaskey.ts'
import { compareBytes } from '../encoding/index.ts'
import { type JoinedIds } from './joined-ids.ts'
import { createPeeler, type Peeler } from './peeler.ts'
import { type Asking, type ComparedSide, expectRun, type IdSource } from './questions.ts'
import { idsWithShortIds, shortIdSet } from './short-id-set.ts'
import { SyncError } from './sync-error.ts'
import { HOUR_PATH, leavesBelow } from './tree.ts'

/** What an exchange of cells came to. */
export interface CellOutcome {
  readonly key: MacKey
  /** Ids over which the peer's cells are. */
  readonly ids: number
  /** Of the own ids at the paths, part by part. */
  readonly shortIds: readonly Int32Array[]
  readonly peeler: Peeler
}

/** What an exchange cannot exceed. */
export interface CellBounds {
  readonly ids: number
  readonly cells: number
}

/** Cells that fit into one message. */
export const MAX_RUN = 61_440

/** Cells of the first run: enough to tell how many are needed; fewer where the sets have few ids. */
const FIRST_CELLS = 64
/** Cells for each id that the sides differ in: what is needed on average, nearly. */
const CELLS_PER_ID = 1.35
/** Cells of the own side that are made first. */
const FIRST_SIZE = 2048

/**
 * Compares what both sides have at some paths by their cells: takes more of the peer's until they say in which ids the sides differ, or have to
 * be given up.
 *
 * @param bounds ids that the sides can differ in at most, and cells that the peer gives at most
 * @throws SyncError SYNC_MALFORMED
 * @see docs/spec/reconciliation.md, "Cells"
 */
export async function* exchangeCells(
  side: ComparedSide,
  paths: readonly string[],
  bounds: CellBounds,
): Asking<CellOutcome> {
  let asked = Math.min(FIRST_CELLS, 8 + 2 * bounds.ids)
  let run = expectRun(yield { type: 'cells', count: asked, paths })
  const { key: keyBytes, ids } = run
  const key = macKeyOf(keyBytes)
  const peeler = createPeeler(key, bounds.cells)
  const shortIds: Int32Array[] = []
  let own: Cells | undefined
  for (;;) {
    const from = peeler.size
    const cells = decodeCellRun(run.cells, from, asked, ids)
    if (own === undefined || own.size < from + asked)
      own = await cellsOf(side, paths, key, from + asked, shortIds)
    peeler.take(cells, own)
    while (peeler.peel(PEELS_AT_ONCE)) await side.breathe()
    asked = nextRun(peeler, bounds)
    if (peeler.isDone || asked === 0) return { key, ids, shortIds, peeler }
    run = expectRun(yield { type: 'cells', count: asked, paths: [] })
    if (compareBytes(run.key, keyBytes) !== 0 || run.ids !== ids)
      throw new SyncError('SYNC_MALFORMED', 'expected further cells of the same table')
  }
}

/**
 * The own ids at some paths whose short ids are among `shortIds`, in the order of the paths and newest hours first within each; `known` has those
 * of all of them, part by part.
 */
export async function idsOfShortIds(
  side: IdSource,
  paths: readonly string[],
  key: MacKey,
  shortIds: Int32Array,
  known: readonly Int32Array[] = [],
): Promise<readonly JoinedIds[]> {
  const wanted = shortIdSet(shortIds)
  const found: JoinedIds[] = []
  await eachPart(side, paths, (ids, part) => {
    const some = idsWithShortIds(ids, known[part] ?? shortIdsOf(key, ids), wanted)
    if (some.length > 0) found.push(some)
  })
  return found
}

/** Cells over the own ids at some paths, `least` or more of them. Keeps their short ids in `shortIds`, part by part. */
export async function cellsOf(
  side: IdSource,
  paths: readonly string[],
  key: MacKey,
  least: number,
  shortIds?: Int32Array[],
): Promise<Cells> {
  const cells = createCells(Math.max(FIRST_SIZE, 2 ** Math.ceil(Math.log2(least))))
  await eachPart(side, paths, (ids, part) => {
    const each = shortIds?.[part] ?? shortIdsOf(key, ids)
    if (shortIds !== undefined) shortIds[part] = each
    toggleShortIds(cells, key, each, 1)
  })
  return cells
}

/** Steps of peeling, and bytes of ids, that take some milliseconds: a step may take an id out of some thirty cells of a table that no cache holds. */
const PEELS_AT_ONCE = 1024
const BYTES_AT_ONCE = 131_072

/** Does something with all ids at some paths, in their order, newest hours first within each, some thousands at a time: leaves are small. */
async function eachPart(
  { read, leaves, breathe }: IdSource,
  paths: readonly string[],
  work: (ids: JoinedIds, part: number) => void,
): Promise<void> {
  const part = new Uint8Array(BYTES_AT_ONCE)
  let length = 0
  let parts = 0
  for (const path of paths) {
    const parted =
      path.length <= HOUR_PATH && leaves !== undefined
        ? leaves(path)
        : leavesBelow(read, path, { newestFirst: true })
    for await (const ids of parted) {
      for (let at = 0; at < ids.length;) {
        const some = ids.subarray(at, at + BYTES_AT_ONCE - length)
        part.set(some, length)
        length += some.length
        at += some.length
        if (length < BYTES_AT_ONCE) continue
        work(part, parts++)
        length = 0
        await breathe()
      }
    }
  }
  if (length > 0) work(part.subarray(0, length), parts)
}

/**
 * How many cells to ask for next; 0 to give up. At first as many as are surely needed, by an estimate that is still rough; then a little more each
 * time.
 */
function nextRun({ size, estimate }: Peeler, bounds: CellBounds): number {
  const differing = Math.min(estimate, bounds.ids)
  const needed = Math.floor(CELLS_PER_ID * differing)
  if (needed > bounds.cells) return 0
  const limit = Math.min(bounds.cells, 3 * differing + 4 * FIRST_CELLS)
  const surely = Math.floor(needed * (1 - 1.4 / Math.sqrt(size)))
  const more = Math.max(surely - size, Math.ceil(size / 16), 16)
  return Math.max(0, Math.min(more, limit - size, MAX_RUN))
}
