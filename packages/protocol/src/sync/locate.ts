import { type Bucket, compareNode, type Mismatch } from './compare-node.ts'
import { countIds, type JoinedIds } from './joined-ids.ts'
import { type Asking, type ComparedSide, expectNodes } from './questions.ts'
import { SyncError } from './sync-error.ts'
import { idsBelow, isSameSummary, isWithinHour, type Summary } from './tree.ts'

/** What a descent of the trees found. */
export interface Located {
  /** Everything at these paths, only the peer or only this side has. */
  readonly fetch: Bucket[]
  readonly give: Bucket[]
  readonly need: FoundIds[]
  readonly have: FoundIds[]
  /** How many ids these are. */
  readonly counts: { need: number; have: number }
  /** Paths below which the sides differ in some of what they have there: not looked into. */
  readonly scattered: Mismatch[]
}

/** Ids, ascending, that only one side has below a path. */
export interface FoundIds {
  readonly path: string
  readonly ids: JoinedIds
}

/** Paths in one question. */
export const MAX_QUESTIONS = 64
/** Ids that one session finds on either side: what is beyond comes with the next. */
export const MAX_DIFFERENCE = 262_144

/** Nodes of one level that are looked into where they hold many ids each: cells over them would take longer to make than their children to send. */
const FEW_NODES = 4
const MANY_IDS = 4096
/** A node whose counts are so far apart is looked into: to name as many ids by cells takes more than its children. */
const FAR_APART = 40
/** Ids in hours that are told in full rather than by cells. */
const FEW_IDS = 48

/**
 * Looks from the root down for what differs, as long as that is cheaper than to compare cells: down to the hours, newest first, and into hours of which
 * one side lacks a great part.
 *
 * @throws SyncError SYNC_TREE_MISMATCH, SYNC_MALFORMED, SYNC_LIMIT
 */
export async function* locate(side: ComparedSide, theirs: Summary): Asking<Located> {
  const located = nothingLocated()
  let level: readonly Mismatch[] = isSameSummary(side.root, theirs)
    ? []
    : [{ path: '', expected: theirs, own: side.root }]
  // What one session does not fetch need not be looked for in it: whoever promises ever more would fill this node's memory with promises.
  while (level.length > 0 && countIn(located.fetch) <= MAX_DIFFERENCE) {
    const ids = level.reduce((sum, { expected, own }) => sum + expected.count + own.count, 0)
    const isCheap = isWithinHour(level[0]?.path ?? '')
      ? ids <= FEW_IDS
      : level.length <= FEW_NODES && ids > level.length * MANY_IDS
    const asked: Mismatch[] = []
    for (const each of level) {
      const apart = Math.abs(each.expected.count - each.own.count)
      const isFar = apart > (isWithinHour(each.path) ? MANY_IDS : FAR_APART)
      if (isCheap || isFar || isEmpty(each)) asked.push(each)
      else located.scattered.push(each)
    }
    level = yield* lookInto(side, asked, located)
  }
  return located
}

function countIn(buckets: readonly Bucket[]): number {
  return buckets.reduce((sum, { count }) => sum + count, 0)
}

/** Where one side has nothing, the other has its own children told at once. */
function isEmpty({ expected, own }: Mismatch): boolean {
  return expected.count === 0 || own.count === 0
}

/**
 * Looks into every node down to the leaves, and finds every id by its full name: what cells could not tell. `isWhole` says that it was not cut at
 * {@link MAX_DIFFERENCE}.
 *
 * @throws SyncError SYNC_TREE_MISMATCH, SYNC_MALFORMED, SYNC_LIMIT
 */
export async function* descend(
  side: ComparedSide,
  from: readonly Mismatch[],
): Asking<Pick<Located, 'need' | 'have'> & { readonly isWhole: boolean }> {
  const located = nothingLocated()
  for (let level = from; level.length > 0 && !isFull(located);) {
    const step: Located = { ...located, fetch: [], give: [] }
    const mismatches = yield* lookInto(side, level, step)
    for (const { path } of step.give) {
      if (isFull(located)) break
      gather(located, 'have', path, await idsBelow(side.read, path))
    }
    const missing = step.fetch.map(({ path, ...expected }) => ({ path, expected, own: NOTHING }))
    level = [...mismatches, ...missing]
  }
  return { need: located.need, have: located.have, isWhole: !isFull(located) }
}

const NOTHING: Summary = { count: 0, digest: new Uint8Array(32) }

/**
 * Asks for the peer's nodes at some paths, newest first, and adds what they show, until that is as much as one session finds. Gives the paths below
 * them that differ.
 */
async function* lookInto(
  side: ComparedSide,
  level: readonly Mismatch[],
  located: Located,
): Asking<readonly Mismatch[]> {
  const { fetch, give } = located
  const below: Mismatch[] = []
  const questions = level.toSorted((a, b) => (a.path < b.path ? 1 : -1))
  for (let at = 0; at < questions.length && !isFull(located);) {
    const run = questions.slice(at, at + MAX_QUESTIONS)
    const nodes = expectNodes(yield { type: 'ask', paths: run.map(({ path }) => path) }, run.length)
    for (const [i, node] of nodes.entries()) {
      const asked = run[i] as Mismatch
      const found = await compareNode(side.hasher, side.read, asked, node)
      below.push(...found.mismatches)
      fetch.push(...found.onlyTheirs)
      give.push(...found.onlyOwn)
      gather(located, 'need', asked.path, found.need)
      gather(located, 'have', asked.path, found.have)
    }
    at += nodes.length
    if (below.length > MAX_DIFFERENCE || fetch.length > MAX_DIFFERENCE)
      throw new SyncError('SYNC_LIMIT', 'the peer has more nodes than a tree of records may have')
  }
  return below
}

function nothingLocated(): Located {
  return { fetch: [], give: [], need: [], have: [], counts: { need: 0, have: 0 }, scattered: [] }
}

function gather(located: Located, side: 'need' | 'have', path: string, ids: JoinedIds): void {
  if (ids.length === 0) return
  located[side].push({ path, ids })
  located.counts[side] += countIds(ids)
}

function isFull({ counts }: Located): boolean {
  return Math.max(counts.need, counts.have) > MAX_DIFFERENCE
}
