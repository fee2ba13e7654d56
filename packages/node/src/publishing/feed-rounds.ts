import { isWithin, type TlpLabel } from '@intelmesh/protocol'
import type { FeedRound, FeedView } from '../publish-api.ts'
import { ApiError } from '../errors.ts'
import type { Store, StoreChanges } from '../store/index.ts'

/** Where a feed stands. */
export interface FeedHead {
  /** The run that published into it last. */
  readonly round: string
  /** ISO 8601. */
  readonly at: string
  /** The widest ceiling under which a run published into it: who may see that may know of the feed. */
  readonly tlp: TlpLabel
  /** Runs before it, newest first: they are over, whether they were finished or not. */
  readonly before: readonly string[]
}

/** An object's place in a feed. */
export interface FeedMark {
  /** The run that named it last. */
  readonly round: string
  /** The run that named it first. */
  readonly first: string
  /** Its label. */
  readonly tlp: TlpLabel
}

/** What a run names, before anything of it is published. */
export interface Named {
  readonly stixId: string
  /** Absent for what is refused or held back: it keeps the place that it has, and gets none. */
  readonly label?: TlpLabel
  /** Held by nobody any more, so that it has no place either. */
  readonly isGone?: boolean
}

/** Runs that a feed remembers to be over. */
const MAX_BEFORE = 16

/** @throws ApiError ARGUMENT_INVALID */
export function assertFeedName(name: string): void {
  if (/^[a-z0-9][a-z0-9._-]{0,63}$/.test(name)) return
  throw new ApiError(
    'ARGUMENT_INVALID',
    'a feed is named by 1 to 64 of a-z, 0-9, ".", "_" and "-", the first a letter or digit',
  )
}

/** @throws ApiError ARGUMENT_INVALID */
export function assertRound(round: string): void {
  if (/^[A-Za-z0-9._:-]{1,64}$/.test(round)) return
  throw new ApiError('ARGUMENT_INVALID', 'a round is 1 to 64 letters, digits, ".", "_", ":" and "-"')
}

/** The head of a feed in a run. @throws ApiError FEED_OVERTAKEN when a later run has begun */
export async function headIn(
  store: Pick<Store, 'ledger'>,
  { name, round }: FeedRound,
  { tlp, nowMs }: { readonly tlp: TlpLabel; readonly nowMs: number },
): Promise<FeedHead> {
  const head = await headOf(store, name)
  const at = new Date(nowMs).toISOString()
  if (head === undefined) return { round, at, tlp, before: [] }
  if (head.before.includes(round)) throw overtaken(name)
  return {
    round,
    at,
    tlp: isWithin(head.tlp, tlp) ? head.tlp : tlp,
    before: head.round === round ? head.before : [head.round, ...head.before].slice(0, MAX_BEFORE),
  }
}

/** The head of a feed that somebody published into. */
export async function headOf(store: Pick<Store, 'ledger'>, name: string): Promise<FeedHead | undefined> {
  return (await store.ledger(headKey(name))) as FeedHead | undefined
}

/** @throws ApiError FEED_OVERTAKEN unless `round` is the last run into the feed */
export function assertLastRound(name: string, head: FeedHead, round: string): void {
  if (head.round !== round) throw overtaken(name)
}

/** The places that objects have in a feed; those without one are missing. */
export async function marksHeld(
  store: Pick<Store, 'ledger'>,
  name: string,
  stixIds: readonly string[],
): Promise<ReadonlyMap<string, FeedMark>> {
  const marks = await Promise.all(
    stixIds.map(async (stixId) => [stixId, await store.ledger(markKey(name, stixId))] as const),
  )
  return new Map(marks.filter((entry): entry is [string, FeedMark] => entry[1] !== undefined))
}

/** Rows that note what a run names, given the places that it has. */
export function marksFor(
  { name, round }: FeedRound,
  { head, held }: { readonly head: FeedHead; readonly held: ReadonlyMap<string, FeedMark> },
  named: readonly Named[],
): NonNullable<StoreChanges['ledger']> {
  const rows = named.flatMap(({ stixId, label, isGone = false }): [string, FeedMark | undefined][] => {
    const mark = held.get(stixId)
    const key = markKey(name, stixId)
    if (isGone) return mark === undefined ? [] : [[key, undefined]]
    const tlp = label ?? mark?.tlp
    return tlp === undefined ? [] : [[key, { round, first: mark?.first ?? round, tlp }]]
  })
  return { [headKey(name)]: head, ...Object.fromEntries(rows) }
}

/** Every object of a feed. */
export async function* marksOf(
  store: Pick<Store, 'ledgerRows'>,
  name: string,
): AsyncIterable<readonly [stixId: string, mark: FeedMark]> {
  const prefix = markKey(name, '')
  for await (const [key, mark] of store.ledgerRows(prefix)) yield [key.slice(prefix.length), mark as FeedMark]
}

/** Rows that take objects out of a feed, and with `isOver` the feed itself. */
export function dropMarks(
  name: string,
  stixIds: readonly string[],
  { isOver }: { readonly isOver: boolean },
): NonNullable<StoreChanges['ledger']> {
  const rows = stixIds.map((stixId) => [markKey(name, stixId), undefined] as const)
  return { ...Object.fromEntries(rows), ...(isOver && { [headKey(name)]: undefined }) }
}

/** The feeds of this node with what may be seen of them, by name. */
export async function listFeeds(store: Store, clearance: TlpLabel): Promise<readonly FeedView[]> {
  const feeds: FeedView[] = []
  for await (const [key, row] of store.ledgerRows(HEADS)) {
    const name = key.slice(HEADS.length)
    const { at, tlp } = row as FeedHead
    if (!isWithin(tlp, clearance)) continue
    let objects = 0
    for await (const [, mark] of marksOf(store, name)) if (isWithin(mark.tlp, clearance)) objects++
    feeds.push({ name, objects, at })
  }
  return feeds
}

const HEADS = 'feeds/'

function headKey(name: string): string {
  return HEADS + name
}

function markKey(name: string, stixId: string): string {
  return `feed/${name}/${stixId}`
}

function overtaken(name: string): ApiError {
  return new ApiError(
    'FEED_OVERTAKEN',
    `another run over the feed ${name} has begun since: let that one finish, or run again`,
  )
}
