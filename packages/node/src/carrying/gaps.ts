import type { SyncImportReport } from '../care-api.ts'
import { isoTime } from '../query/index.ts'
import type { ChainOf, Store } from '../store/index.ts'
import { type End, MAX_HOURS } from './content.ts'
import { hourCounts } from './hour-counts.ts'

/**
 * Those of the given chains of which headers are not here, up to their newest. Headers whose records expired before anybody here could
 * have them are among those.
 */
export async function findChainGaps(
  store: Pick<Store, 'endOfChain' | 'headersOfAuthor'>,
  chains: readonly ChainOf[],
): Promise<SyncImportReport['chainGaps']> {
  const gaps: SyncImportReport['chainGaps'][number][] = []
  let budget = MAX_HEADERS_READ
  for (const of of chains) {
    if (gaps.length >= MAX_LISTED || budget <= 0) break
    const [newest] = await store.endOfChain(of, 1)
    if (newest === undefined) continue
    let held = 0
    for (let next = 0; next <= newest.seq && budget > 0; next += STEP) {
      const rows = await store.headersOfAuthor(of, next, next + STEP - 1, 1)
      held += rows.length
      budget -= rows.length + 1
    }
    const missing = newest.seq + 1 - held
    if (missing > 0 && budget > 0) gaps.push({ ...of, missing })
  }
  return gaps
}

/** Hours of which fewer ids are here than there were at the node that wrote a file; what has expired since is not missed. */
export async function findHourGaps(
  store: Pick<Store, 'viewOf'>,
  end: End | undefined,
  now: number,
): Promise<SyncImportReport['hourGaps']> {
  const gaps: SyncImportReport['hourGaps'][number][] = []
  for (const { set, hours } of end?.sets ?? []) {
    await using view = await store.viewOf(set)
    const here = new Map(await hourCounts(view.read, MAX_HOURS))
    for (const [hour, there] of hours) {
      const held = here.get(hour) ?? 0
      if (held < there && hour * HOUR_MS <= now + HOUR_MS)
        gaps.push({ set, hour: isoTime(hour * HOUR_MS), here: held, there })
    }
  }
  return gaps.toSorted((a, b) => b.hour.localeCompare(a.hour)).slice(0, MAX_LISTED)
}

const MAX_LISTED = 100
const MAX_HEADERS_READ = 100_000
const STEP = 4_096
const HOUR_MS = 3_600_000
