import {
  type Crypto,
  openBatch,
  openLoneRecord,
  SYNC_SETS,
  type SyncItem,
  type SyncSet,
  toHex,
} from '@intelmesh/protocol'
import type { ImportedSet, SyncImportReport } from '../care-api.ts'
import type { Hex, RecordRow, Store } from '../store/index.ts'
import type { End, ItemsFrame } from './content.ts'

/** Counts what a file brings. */
export interface Tally {
  readonly frames: SyncImportReport['frames']
  /** Items that were not taken, by code. */
  readonly refused: Readonly<Record<string, number>>
  /** How many of them are provably bad. */
  readonly rejected: number
  readonly missingCertificates: readonly Hex[]
  /** Headers under which records were stored: some thousand of them. */
  readonly headers: ReadonlySet<Hex>
  taken(): void
  damaged(): void
  /** An earlier import settled the frame. */
  skip(frame: ItemsFrame): void
  /** Says what became of a frame, and whether nothing of it is left to take. */
  judged(
    frame: ItemsFrame,
    accepted: number,
    verdicts: readonly { readonly action: string; readonly code: string }[],
  ): boolean
  stored(rows: readonly RecordRow[]): void
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
  const headers = new Set<Hex>()
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
    headers,
    taken: () => void (frames.taken += 1),
    damaged: () => void (frames.damaged += 1),
    skip(frame) {
      frames.skipped += 1
      countsOf(frame)
    },
    judged(frame, accepted, verdicts) {
      const counts = countsOf(frame)
      counts.taken += accepted
      let isSettled = true
      for (const { action, code } of verdicts) {
        if (QUIET.has(code)) continue
        counts.refused += 1
        refused[code] = (refused[code] ?? 0) + 1
        if (action === 'reject') rejected += 1
        else isSettled &&= FINAL.has(code)
      }
      return isSettled
    },
    stored(rows) {
      for (const { header } of rows) if (headers.size < MAX_HEADERS) headers.add(header)
    },
    lacks(crypto, item) {
      if (missing.size < MAX_LISTED) missing.add(certificateOf(crypto, item))
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
const MAX_HEADERS = 10_000
/** What is held, or newer, already. */
const QUIET: ReadonlySet<string> = new Set(['ACCEPTED', 'DUPLICATE', 'OUTDATED'])
/** Not taken, and not taken when it comes again either. */
const FINAL: ReadonlySet<string> = new Set(['RECORD_EXPIRED', 'RECORD_RETRACTED'])

function certificateOf(crypto: Crypto, { form, bytes }: SyncItem): Hex {
  const { header } = form === 'batch' ? openBatch(crypto, bytes) : openLoneRecord(crypto, bytes)
  return toHex(header.claims.certificate)
}
