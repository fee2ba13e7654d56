import type { RecordView } from '../api.ts'
import { mayShow, type QueryComponents, viewOf } from '../query/index.ts'
import type { Core } from './core.ts'

/** What waits at most for one reader of the live stream; a reader who is slower misses the oldest. */
const MAX_TAIL = 10_000

/** Records from now on, as they are stored, to one reader. */
export async function* arrivals(
  core: Core,
  query: QueryComponents,
  signal: AbortSignal,
): AsyncIterable<RecordView> {
  const waiting: string[] = []
  let wake: (() => void) | undefined
  const stop = core.admission.onStored((records) => {
    waiting.push(...records.map(({ id }) => id))
    if (waiting.length > MAX_TAIL) waiting.splice(0, waiting.length - MAX_TAIL)
    wake?.()
  })
  const onAbort = (): void => wake?.()
  signal.addEventListener('abort', onAbort)
  try {
    while (!signal.aborted) {
      const id = waiting.shift()
      if (id === undefined) await new Promise<void>((resolve) => (wake = resolve))
      else {
        const record = await core.store.record(id)
        if (record !== undefined && mayShow(query, record))
          yield viewOf(core.trust.roster, query.crypto, record)
      }
    }
  } finally {
    signal.removeEventListener('abort', onAbort)
    stop()
  }
}
