import type { NodeApi, RetractRequest, RetractResult } from '@intelmesh/node'
import type { CommandContext } from '../context.ts'
import type { Progress } from '../output/progress.ts'
import { patiently } from './patiently.ts'

/** What is to be taken back: by one of the three ways of naming it. */
export type RetractTarget = Pick<RetractRequest, 'ids' | 'values' | 'feed'>

/** What came of taking back. */
export interface RetractOutcome {
  readonly counts: { readonly retracted: number; readonly refused: number }
  /** The first thousand of each. */
  readonly retracted: RetractResult['retracted']
  readonly refused: RetractResult['refused']
  /** What was not done: all in a dry run, and what Ctrl-C left. */
  readonly left: number
}

/** Names in one request: a STIX id stands for all its versions, so a request may be about many more records. */
const NAMES_AT_ONCE = 500
const KEPT = 1_000

/** Counts what would be taken back. */
export async function countRetractable(
  api: Pick<NodeApi, 'retract'>,
  target: RetractTarget,
  reason: RetractRequest['reason'],
): Promise<RetractOutcome> {
  const results: RetractResult[] = []
  for (const part of partsOf(target)) results.push(await api.retract({ ...part, reason, dryRun: true }))
  const refused = results.flatMap((result) => result.refused)
  return {
    counts: { retracted: 0, refused: refused.length },
    retracted: [],
    refused: refused.slice(0, KEPT),
    left: results.reduce((sum, { left }) => sum + left, 0),
  }
}

/** Takes back all of it, some thousand records at a time, until nothing is left, nothing more can be done, or `signal` aborts. */
export async function retractAll(
  api: Pick<NodeApi, 'retract'>,
  { target, reason, total }: { target: RetractTarget; reason: RetractRequest['reason']; total: number },
  { signal, progress }: Pick<CommandContext, 'signal'> & { readonly progress: Progress },
): Promise<RetractOutcome> {
  const counts = { retracted: 0, refused: 0 }
  const retracted: RetractResult['retracted'][number][] = []
  const refused: RetractResult['refused'][number][] = []
  for (const part of partsOf(target)) {
    // What a second call about the same names refuses is what the first has done.
    for (let isFirst = true, left = 1; left > 0 && !signal.aborted; isFirst = false) {
      const result = await patiently(() => api.retract({ ...part, reason }), { signal })
      counts.retracted += result.retracted.length
      retracted.push(...result.retracted.slice(0, KEPT - retracted.length))
      if (isFirst) {
        counts.refused += result.refused.length
        refused.push(...result.refused.slice(0, KEPT - refused.length))
      }
      progress.show(`taking back: ${counts.retracted} of ${total}`)
      left = result.retracted.length === 0 ? 0 : result.left
    }
  }
  progress.clear()
  return { counts, retracted, refused, left: Math.max(0, total - counts.retracted) }
}

function partsOf({ ids, values, feed }: RetractTarget): readonly RetractTarget[] {
  if (feed !== undefined) return [{ feed }]
  return [
    ...chunksOf(ids ?? []).map((some) => ({ ids: some })),
    ...chunksOf(values ?? []).map((some) => ({ values: some })),
  ]
}

function chunksOf(names: readonly string[]): readonly (readonly string[])[] {
  return Array.from({ length: Math.ceil(names.length / NAMES_AT_ONCE) }, (_, i) =>
    names.slice(i * NAMES_AT_ONCE, (i + 1) * NAMES_AT_ONCE),
  )
}
