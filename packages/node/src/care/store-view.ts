import type { SyncSet, TlpLabel } from '@intelmesh/protocol'
import type { SetView, StoreView } from '../care-api.ts'
import { hourCounts } from '../carrying/index.ts'
import { isoTime, visibleSets } from '../query/index.ts'
import type { Store } from '../store/index.ts'

/** What is in a store, for somebody cleared for a label. Reads every key. @throws StoreError */
export async function storeView(
  store: Store,
  clearance: TlpLabel,
  floorOf: (set: SyncSet) => number,
  signal: AbortSignal,
): Promise<StoreView> {
  const { bytes, tables } = await store.stats(signal)
  const sets: SetView[] = []
  for (const [set, { count }] of visibleSets(store, clearance)) {
    await using view = await store.viewOf(set)
    const hours = await hourCounts(view.read, Infinity)
    const [newest, oldest] = [hours[0]?.[0] ?? 0, hours.at(-1)?.[0] ?? 0]
    const floor = floorOf(set)
    sets.push({
      set,
      count,
      ...(oldest > 0 && { oldest: isoTime(oldest * HOUR_MS), newest: isoTime(newest * HOUR_MS) }),
      ...(floor > 0 && { floor: isoTime(floor * HOUR_MS) }),
    })
  }
  const live = tables.reduce((sum, table) => sum + table.bytes, 0)
  return { bytes, spare: Math.max(0, bytes - live), tables, sets }
}

const HOUR_MS = 3_600_000
