import type { SyncImportReport } from '../care-api.ts'
import { isoTime } from '../query/index.ts'
import type { HeaderRow, Hex, Store } from '../store/index.ts'
import { type End, MAX_HOURS } from './content.ts'
import { hourCounts } from './hour-counts.ts'

/**
 * Chains of the given headers of which headers are not here, up to their newest. Headers whose records expired before anybody here
 * could have them are among those.
 */
export async function findChainGaps(
  store: Pick<Store, 'header' | 'chainHeads' | 'headersOfChain'>,
  headers: ReadonlySet<Hex>,
): Promise<SyncImportReport['chainGaps']> {
  const chains = new Map<string, HeaderRow>()
  for (const hash of headers) {
    const header = await store.header(hash)
    if (header !== undefined) chains.set(`${header.author}/${header.chain}`, header)
  }
  const gaps: SyncImportReport['chainGaps'][number][] = []
  let budget = MAX_HEADERS_READ
  for (const { author, chain } of chains.values()) {
    if (gaps.length >= MAX_LISTED || budget <= 0) break
    let [held, next] = [0, 0]
    for (;;) {
      const rows = await store.headersOfChain(chain, next, next + STEP - 1)
      const own = new Set(rows.filter((row) => row.author === author).map(({ seq }) => seq))
      held += own.size
      budget -= rows.length
      if (rows.length === 0 || budget <= 0) break
      next += STEP
    }
    const newest = (await store.chainHeads(author)).find((row) => row.chain === chain)?.seq ?? 0
    const missing = newest + 1 - held
    if (missing > 0 && budget > 0) gaps.push({ author, chain, missing })
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
