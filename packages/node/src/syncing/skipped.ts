import {
  type Compartment,
  type Crypto,
  leafHash,
  openLoneRecord,
  parseBatch,
  type SyncItem,
  toHex,
} from '@intelmesh/protocol'
import type { Admitted } from '../admission/index.ts'
import type { Hex } from '../store/index.ts'

/** A record, or another thing, that a session brought and that was not taken. */
export interface SkippedItem {
  readonly code: string
  /** Id of the record, or of the control object. Absent where the bytes tell none, or it is one among very many. */
  readonly id?: Hex
}

type Judged = Pick<Admitted, 'action' | 'code' | 'refused'>

/**
 * What of an item was not taken: of a batch its records, each by itself. What is held already is left out. Ids are told where the item is of
 * the compartment of the session alone: who may know of that may not know of another.
 */
export function skippedIn(
  crypto: Crypto,
  compartment: Compartment,
  item: SyncItem,
  { action, code, refused }: Judged,
): readonly SkippedItem[] {
  if (refused.length === 0 && (action === 'accept' || code === HELD)) return []
  const idsOf = namesIn(crypto, compartment, item)
  const skips =
    refused.length > 0 ? refused : Array.from({ length: idsOf?.count ?? 1 }, (_, index) => ({ index, code }))
  return skips
    .filter((skip) => skip.code !== HELD)
    .map((skip, i) => {
      const id = i < MAX_NAMED ? idsOf?.at(skip.index) : undefined
      return { code: skip.code, ...(id !== undefined && { id }) }
    })
}

/** How many there were, by code. */
export function countSkipped(skips: readonly SkippedItem[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {}
  for (const { code } of skips) counts[code] = (counts[code] ?? 0) + 1
  return counts
}

/** The code of what is no news. */
const HELD = 'DUPLICATE'
/** Records of one item that are named: to name one takes a hash over it. */
const MAX_NAMED = 100

interface Names {
  /** Records in the item. */
  readonly count: number
  /** The id of the record at a place of the batch. */
  at(index: number): Hex | undefined
}

function namesIn(crypto: Crypto, compartment: Compartment, { form, bytes }: SyncItem): Names | undefined {
  const isOwn = (audience: string): boolean => audience === compartment
  try {
    if (form === 'record') {
      const { header, leafHash: id } = openLoneRecord(crypto, bytes)
      return { count: 1, at: () => (isOwn(header.claims.audience) ? toHex(id) : undefined) }
    }
    if (form !== 'batch') return undefined
    const { header, leaves } = parseBatch(bytes)
    const idOf = (leaf: Uint8Array | undefined): Hex | undefined =>
      leaf === undefined ? undefined : toHex(leafHash(crypto, leaf))
    return {
      count: leaves.length,
      at: (index) => (isOwn(header.claims.audience) ? idOf(leaves[index]) : undefined),
    }
  } catch {
    return undefined
  }
}
