import type { HeaderRow, Hex, Store } from '../store/index.ts'

/** Where a chain ends, as far as it is held. */
export interface ChainEnd {
  /** The highest seq held; -1 where none is. */
  readonly seq: number
  /** The headers held there: more than one where an author forked, or another author took the same chain id. */
  readonly headers: readonly HeaderRow[]
}

/** Remembers the ends of chains, so that a header that goes on with one is known to be new without reading. */
export interface ChainEnds {
  /** Whether a place is known to lie beyond all that is held of its chain. */
  isBeyond(place: Pick<HeaderRow, 'chain' | 'seq'>): boolean
  /** The end of a chain; read where it is not remembered. */
  of(chain: Hex): Promise<ChainEnd>
  /** Takes over headers that were written. */
  adopt(headers: readonly HeaderRow[]): void
  /** Forgets everything, after a write that may have reached the disk or not. */
  forget(): void
}

/** @param store the only other way to it is {@link ChainEnds.adopt} */
export function createChainEnds(store: Pick<Store, 'endOfChain'>): ChainEnds {
  const ends = new Map<Hex, ChainEnd>()

  /** Those used last stay. */
  function keep(chain: Hex, end: ChainEnd): void {
    ends.delete(chain)
    if (end.headers.length <= MAX_HEADERS) ends.set(chain, end)
    if (ends.size > MAX_CHAINS) ends.delete(ends.keys().next().value as Hex)
  }

  return {
    isBeyond({ chain, seq }) {
      const end = ends.get(chain)
      return end !== undefined && seq > end.seq
    },
    async of(chain) {
      const known = ends.get(chain)
      if (known !== undefined) return known
      const headers = await store.endOfChain(chain)
      const end = { seq: headers[0]?.seq ?? -1, headers }
      keep(chain, end)
      return end
    },
    adopt(headers) {
      for (const header of headers) {
        const end = ends.get(header.chain)
        if (end === undefined || header.seq < end.seq) continue
        const isHeld = header.seq === end.seq && end.headers.some(({ hash }) => hash === header.hash)
        if (isHeld) continue
        const beside = header.seq === end.seq ? end.headers : []
        keep(header.chain, { seq: header.seq, headers: [...beside, withoutLeaves(header)] })
      }
    },
    forget: () => ends.clear(),
  }
}

function withoutLeaves(header: HeaderRow): HeaderRow {
  const { leafHashes, ...rest } = header
  return leafHashes === undefined ? header : rest
}

/** Some megabytes: a chain for each audience of more nodes than a cluster has. */
const MAX_CHAINS = 4_096
/** More forks than that are read again each time. */
const MAX_HEADERS = 8
