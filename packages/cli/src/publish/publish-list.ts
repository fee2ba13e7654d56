import type { NodeApi, PublishRequest } from '@intelmesh/node'
import { codeOf } from '@intelmesh/protocol'
import type { CommandContext } from '../context.ts'
import { createProgress } from '../output/progress.ts'
import { present } from '../present.ts'
import type { ByteSource } from './open-input.ts'
import { publishSource } from './publish-source.ts'
import type { ReadOptions } from './read-items.ts'
import { type FeedOutcome, previewFeed, refreshFeed } from './refresh-feed.ts'
import { createTally, type Summary } from './tally.ts'

/** A list to publish: several files are one. */
export interface ListRequest extends Pick<PublishRequest, 'tlp' | 'channel' | 'expires' | 'allow'> {
  readonly sources: readonly ByteSource[]
  readonly reading: ReadOptions
  readonly dryRun: boolean
  /** Name of the feed whose newest list this is. */
  readonly feed?: string
  /** Take back what left the feed, however much it is. */
  readonly isSure: boolean
}

/** What came of a list. */
export interface ListOutcome extends Summary {
  readonly dryRun: boolean
  /** Why the end of the list was not reached. What was done before stands. */
  readonly stopped?: { readonly code: string; readonly reason: string }
  readonly feed?: FeedOutcome
}

/** Publishes a list, and takes back what has left it. @throws what the node refuses before anything was published */
export async function publishList(
  api: Pick<NodeApi, 'publish' | 'retract'>,
  { sources, reading, feed: name, isSure, ...terms }: ListRequest,
  context: CommandContext,
): Promise<ListOutcome> {
  const tally = createTally()
  const progress = createProgress(context.terminal.err, context.now)
  const feed = name === undefined ? undefined : { name, round: crypto.randomUUID() }
  const known = new Set<string>()
  const watched = terms.dryRun && feed !== undefined ? noting(api, known) : api
  const job = { api: watched, terms: { ...terms, ...present({ feed }) }, reading, tally, progress }
  let [stopped, outcome]: [ListOutcome['stopped'], FeedOutcome | undefined] = [undefined, undefined]
  try {
    for (const source of sources) {
      if (!context.signal.aborted) await publishSource(source, job, context)
    }
    if (feed !== undefined && !context.signal.aborted)
      outcome = terms.dryRun
        ? await previewFeed({ api, name: feed.name, tally }, known)
        : await refreshFeed({ api, ...feed, tally, isSure, progress }, context)
  } catch (error) {
    if (tally.offered === 0 && !context.signal.aborted) throw error
    stopped = stopOf(error, context)
  } finally {
    progress.clear()
  }
  if (context.signal.aborted) stopped = { code: 'INTERRUPTED', reason: 'interrupted' }
  return { ...tally.summary(), dryRun: terms.dryRun, ...present({ stopped, feed: outcome }) }
}

/** Notes what a dry run finds published: the only memory that grows with the list. */
function noting(api: Pick<NodeApi, 'publish'>, known: Set<string>): Pick<NodeApi, 'publish'> {
  const added = new Set<string>()
  return {
    async publish(request) {
      const result = await api.publish(request)
      for (const { stixId, as } of result.published) if (as === 'new') added.add(stixId)
      const found = [...result.published.filter(({ as }) => as !== 'new'), ...result.unchanged]
      // A value that stands in the list twice is unchanged the second time, whether it was published before or not.
      for (const { stixId } of found) if (!added.has(stixId)) known.add(stixId)
      return result
    },
  }
}

/** Errors without a code are faults of this program, and pass through. */
function stopOf(error: unknown, { signal }: CommandContext): ListOutcome['stopped'] {
  const code = codeOf(error)
  if (signal.aborted) return undefined
  if (code === undefined || !(error instanceof Error)) throw error
  return { code, reason: error.message }
}
