import { type Crypto, SYNC_SETS, type SyncItem, type SyncSet, toHex } from '@intelmesh/protocol'
import type { ImportedSet, SyncImportReport } from '../care-api.ts'
import type { Hex, Store } from '../store/index.ts'
import type { End, ItemsFrame } from './content.ts'
import { headerOf } from './named-chains.ts'

/** Counts what a file brings. */
export interface Tally {
  readonly frames: SyncImportReport['frames']
  /** Items that were not taken, by code. */
  readonly refused: Readonly<Record<string, number>>
  /** How many of them are provably bad. */
  readonly rejected: number
  readonly missingCertificates: readonly Hex[]
  taken(): void
  damaged(): void
  /** An earlier import settled the frame. */
  skip(frame: ItemsFrame): void
  /** Says what became of a frame, and whether all of it is here now. */
  judged(
    frame: ItemsFrame,
    accepted: number,
    verdicts: readonly { readonly action: string; readonly code: string }[],
  ): boolean
  /** The certificate that an item names is not known. */
  lacks(crypto: Crypto, item: SyncItem): void
  sets(store: Pick<Store, 'rootOf'>, end: End | undefined): readonly ImportedSet[]
}

/** Counts of nothing. */
export function createTally(): Tally {
  const frames = { taken: 0, skipped: 0, damaged: 0 }
  const refused: Record<string, number> = {}
  const bySet = new Map<SyncSet, { carried: number; taken: number; refused: number }>()
  const missing = new Set<Hex>()
  let rejected = 0

  function countsOf({ set, records }: ItemsFrame) {
    const counts = bySet.get(set) ?? { carried: 0, taken: 0, refused: 0 }
    bySet.set(set, counts)
    counts.carried += records
    return counts
  }

  return {
    frames,
    refused,
    get rejected() {
      return rejected
    },
    get missingCertificates() {
      return [...missing]
    },
    taken: () => void (frames.taken += 1),
    damaged: () => void (frames.damaged += 1),
    skip(frame) {
      frames.skipped += 1
      countsOf(frame)
    },
    judged(frame, accepted, verdicts) {
      const counts = countsOf(frame)
      counts.taken += accepted
      let isHere = true
      for (const { action, code } of verdicts) {
        if (QUIET.has(code)) continue
        counts.refused += 1
        refused[code] = (refused[code] ?? 0) + 1
        if (action === 'reject') rejected += 1
        isHere = false
      }
      return isHere
    },
    lacks(crypto, item) {
      const header = headerOf(crypto, item)
      if (header !== undefined && missing.size < MAX_LISTED) missing.add(toHex(header.claims.certificate))
    },
    sets: (store, end) =>
      SYNC_SETS.filter((set) => bySet.has(set)).map((set) => {
        const { carried, taken, refused: left } = bySet.get(set) ?? { carried: 0, taken: 0, refused: 0 }
        const there = end?.sets.find((totals) => totals.set === set)?.count
        return {
          set,
          carried,
          taken,
          held: Math.max(0, carried - taken - left),
          here: store.rootOf(set).count,
          ...(there !== undefined && { there }),
        }
      }),
  }
}

const MAX_LISTED = 100
/** What is held, or newer, already. */
const QUIET: ReadonlySet<string> = new Set(['ACCEPTED', 'DUPLICATE', 'OUTDATED'])
