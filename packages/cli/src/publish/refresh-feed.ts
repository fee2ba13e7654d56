import type { NodeApi, RetractResult } from '@intelmesh/node'
import { codeOf } from '@intelmesh/protocol'
import type { CommandContext } from '../context.ts'
import type { Progress } from '../output/progress.ts'
import { patiently } from './patiently.ts'
import type { Tally } from './tally.ts'

/** What became of the objects of a feed that its list no longer names. */
export interface FeedOutcome {
  readonly name: string
  /** Objects in the feed, with those that left. */
  readonly objects: number
  /** Objects that the list no longer names; in a dry run, about. */
  readonly left: number
  readonly retracted: number
  /** The first thousand. */
  readonly refused: RetractResult['refused']
  /** Why what left was not taken back. */
  readonly kept?: { readonly code: KeptCode; readonly reason: string }
}

export type KeptCode = 'FEED_INCOMPLETE' | 'FEED_EMPTY' | 'FEED_UNREADABLE' | 'FEED_SHRINKS'

/** A run over a list. */
export interface FeedRun {
  readonly api: Pick<NodeApi, 'retract'>
  readonly name: string
  readonly round: string
  /** What was read and published in this run. */
  readonly tally: Tally
  /** Take back however much left. */
  readonly isSure: boolean
  readonly progress: Progress
}

/** A list that loses more at once is more likely broken than shorter. */
const MOST_LOST = 1 / 10
const KEPT_REFUSALS = 1_000

/** Takes back what the list no longer names. Only a run that read the whole list knows what that is. */
export async function refreshFeed(run: FeedRun, context: CommandContext): Promise<FeedOutcome> {
  const { api, name, round, tally, progress } = run
  const nothing = { name, objects: 0, left: 0, retracted: 0, refused: [] }
  const flaw = flawOf(tally)
  if (flaw !== undefined) return { ...nothing, kept: flaw }
  const { signal } = context
  const ask = (dryRun: boolean): Promise<RetractResult> =>
    patiently(() => api.retract({ feed: { name, notIn: round }, reason: 'superseded', dryRun }), { signal })
  const { left, of: objects = left } = await ask(true)
  const found = { ...nothing, objects, left }
  if (left > objects * MOST_LOST && !(await isAgreed(run, found, context)))
    return { ...found, kept: { code: 'FEED_SHRINKS', reason: SHRINKS } }
  progress.clear()
  const refused: RetractResult['refused'][number][] = []
  let retracted = 0
  for (let remaining = left; remaining > 0 && !signal.aborted;) {
    const result = await ask(false)
    retracted += result.retracted.length
    refused.push(...result.refused.slice(0, KEPT_REFUSALS - refused.length))
    progress.show(`taking back: ${retracted} of ${left}`)
    if (result.retracted.length === 0) break
    remaining = result.left
  }
  return { ...found, retracted, refused }
}

/** What {@link refreshFeed} would come to, of a run that noted nothing. @param known STIX ids that the run found published */
export async function previewFeed(
  { api, name, tally }: Pick<FeedRun, 'api' | 'name' | 'tally'>,
  known: ReadonlySet<string>,
): Promise<FeedOutcome> {
  const flaw = flawOf(tally)
  const objects = await objectsIn(api, name)
  const outcome = { name, objects, left: Math.max(0, objects - known.size), retracted: 0, refused: [] }
  return flaw === undefined ? outcome : { ...outcome, left: 0, kept: flaw }
}

/** A feed that nobody has published into yet has none. */
async function objectsIn(api: FeedRun['api'], name: string): Promise<number> {
  try {
    return (await api.retract({ feed: { name }, reason: 'superseded', dryRun: true })).left
  } catch (error) {
    if (codeOf(error) !== 'RECORD_NOT_FOUND') throw error
    return 0
  }
}

const SHRINKS =
  'that is more than a tenth: look whether the list is whole, and run the same command with --yes'

function flawOf({ offered, unread, isWhole }: Tally): FeedOutcome['kept'] {
  if (!isWhole)
    return { code: 'FEED_INCOMPLETE', reason: 'a file of the list is empty, or was not read to its end' }
  if (offered === 0) {
    const reason = 'the list names nothing: `intelmesh retract --feed NAME` takes a whole feed back'
    return { code: 'FEED_EMPTY', reason }
  }
  if (unread <= (offered + unread) * MOST_LOST) return undefined
  return { code: 'FEED_UNREADABLE', reason: 'more than a tenth of the list could not be read' }
}

async function isAgreed(
  { isSure, name, progress }: FeedRun,
  { left, objects }: FeedOutcome,
  { terminal }: CommandContext,
): Promise<boolean> {
  if (isSure) return true
  if (!terminal.isInteractive) return false
  progress.clear()
  return terminal.confirm(
    `${left} of ${objects} objects of the feed ${name} left the list. Take them back? [y/N] `,
  )
}
