import {
  type ChainHead,
  hlcTime,
  mayRetract,
  openBatch,
  parseLeaf,
  type SyncSet,
  toHex,
} from '@intelmesh/protocol'
import { nativeCrypto } from '../../packages/node/src/crypto/index.ts'
import type { Hex } from '../../packages/node/src/store/index.ts'

/** What was said under an id. */
export interface Said {
  readonly id: Hex
  readonly set: SyncSet
  /** Of its reading, and of its end: whole hours since the Unix epoch. */
  readonly hour: number
  readonly expires: number
  readonly author: Hex
  readonly organisation: Hex
  readonly header: Hex
  readonly retracts: readonly Hex[]
  readonly isLeak: boolean
}

/** What keeps a record out of a set. */
export type Reason = 'expired' | 'closed' | 'taken back'

/** What a node goes by. */
export interface View {
  /** The hour up to which it was swept. */
  readonly asOf: number
  /** The heads that close the chains of a key; `undefined` while it is open. */
  readonly headsOf: (author: Hex) => ReadonlyMap<Hex, readonly ChainHead[]> | undefined
  readonly holds: (id: Hex) => boolean
}

interface Header {
  readonly chain: Hex
  readonly seq: number
  readonly previous: Hex | undefined
}

/** All that was ever said in a run, and what is to become of it: the model that nodes are held against. */
export interface Chronicle {
  readonly size: number
  /** Writes a batch down, as its author made it. */
  note(bytes: Uint8Array, author: { readonly node: Hex; readonly organisation: Hex }): readonly Said[]
  of(id: Hex): Said | undefined
  all(): Iterable<Said>
  /** Why a node may not have a record in its set; `undefined` when it has to have it. */
  reasonAgainst(said: Said, view: View): Reason | undefined
  /** Whether a tombstone said of it that it was a leak: where that was heeded it is gone for good. */
  isLeaked(id: Hex): boolean
}

export function createChronicle(): Chronicle {
  const records = new Map<Hex, Said>()
  const headers = new Map<Hex, Header>()
  /** Tombstones by what they name. */
  const against = new Map<Hex, Said[]>()

  /** Whether a header hangs at or below one of the heads of its chain. */
  function isLinked(hash: Hex, heads: ReadonlyMap<Hex, readonly ChainHead[]>): boolean {
    const { chain } = headers.get(hash) as Header
    return (heads.get(chain) ?? []).some((head) => {
      for (let at: Hex | undefined = toHex(head.hash); at !== undefined; at = headers.get(at)?.previous)
        if (at === hash) return true
      return false
    })
  }

  const chronicle: Chronicle = {
    get size() {
      return records.size
    },
    note(bytes, { node, organisation }) {
      const { header, leaves } = openBatch(nativeCrypto, bytes)
      const { chain, seq, previous } = header.claims
      const hash = toHex(nativeCrypto.sha256(header.bytes))
      headers.set(hash, { chain: toHex(chain), seq, previous: previous && toHex(previous) })
      return leaves.map((leaf) => {
        const { id, clear, body } = parseLeaf(nativeCrypto, leaf)
        const [compartment = 'green'] = clear.compartments
        const said: Said = {
          id: toHex(id),
          set: (body.kind === 'tombstone' ? `${compartment}/tombstones` : compartment) as SyncSet,
          hour: Math.floor(hlcTime(clear.hlc) / 3_600_000),
          expires: clear.expires,
          author: node,
          organisation,
          header: hash,
          retracts: (body.retracts ?? []).map(toHex),
          isLeak: body.reason === 'leak',
        }
        records.set(said.id, said)
        for (const target of said.retracts) against.set(target, [...(against.get(target) ?? []), said])
        return said
      })
    },
    of: (id) => records.get(id),
    all: () => records.values(),
    reasonAgainst(said, { asOf, headsOf, holds }) {
      if (said.expires <= asOf) return 'expired'
      const heads = headsOf(said.author)
      if (heads !== undefined && !isLinked(said.header, heads)) return 'closed'
      const tombstones = said.retracts.length > 0 ? [] : (against.get(said.id) ?? [])
      return tombstones.some((tombstone) => counts(tombstone, said) && holds(tombstone.id))
        ? 'taken back'
        : undefined
    },
    isLeaked: (id) => (against.get(id) ?? []).some(({ isLeak }) => isLeak),
  }
  return chronicle
}

/** @see docs/spec/records.md, "Retraction" */
function counts(tombstone: Said, target: Said): boolean {
  return tombstone.organisation === target.organisation && mayRetract(reachOf(tombstone), reachOf(target))
}

function reachOf({ set, expires }: Said): Parameters<typeof mayRetract>[0] {
  return { compartments: [set.split('/')[0] as string], expires }
}
