import type { PublishRequest } from '../publish-api.ts'
import type { Store } from '../store/index.ts'
import {
  assertFeedName,
  assertRound,
  type FeedMark,
  headIn,
  marksFor,
  marksHeld,
  type Named,
} from './feed-rounds.ts'

/** What one request tells its feed; of a request without one, nothing. */
export interface FeedRun {
  readonly round: string | undefined
  /** The places that objects have so far. */
  places(stixIds: readonly string[]): Promise<ReadonlyMap<string, FeedMark>>
  /** Notes what the run names, in one commit; with `sync` it is on disk then. A dry run notes nothing. */
  note(
    named: readonly Named[],
    places: ReadonlyMap<string, FeedMark>,
    options: { readonly sync: boolean },
  ): Promise<void>
}

const NO_FEED: FeedRun = {
  round: undefined,
  places: async () => new Map(),
  note: async () => {},
}

/** Begins a run, or goes on with it. @throws ApiError ARGUMENT_INVALID, FEED_OVERTAKEN */
export async function openFeedRun(
  store: Store,
  { feed, dryRun, tlp }: PublishRequest,
  nowMs: number,
): Promise<FeedRun> {
  if (feed === undefined) return NO_FEED
  assertFeedName(feed.name)
  assertRound(feed.round)
  const head = await headIn(store, feed, { tlp, nowMs })
  return {
    round: feed.round,
    places: (stixIds) => marksHeld(store, feed.name, stixIds),
    async note(named, places, options) {
      if (dryRun === true) return
      await store.commit({ ledger: marksFor(feed, { head, held: places }, named) }, options)
    },
  }
}
