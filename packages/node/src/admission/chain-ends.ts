import type { ChainOf, HeaderRow, Store } from '../store/index.ts'

/** Where a chain ends, as far as it is held. */
export interface ChainEnd {
  /** The highest seq held; -1 where none is. */
  readonly seq: number
  /** The headers held there: more than one where the author forked, and no more than {@link MAX_FORKS}. */
  readonly headers: readonly HeaderRow[]
}

/** Remembers the ends of chains, so that a header that goes on with one is known to be new without reading. */
export interface ChainEnds {
  /** Whether a place is known to lie beyond all that is held of its chain. */
  isBeyond(place: Pick<HeaderRow, 'author' | 'chain' | 'seq'>): boolean
  /** The end of a chain; read where it is not remembered. */
  of(chain: ChainOf): Promise<ChainEnd>
  /** Takes over headers that were written. */
  adopt(headers: readonly HeaderRow[]): void
  /** Forgets everything, after a write that may have reached the disk or not. */
  forget(): void
}

/** So many headers of one place are looked at. An author that has signed more is not worth reading them each time. */
export const MAX_FORKS = 9

/** @param store the only other way to it is {@link ChainEnds.adopt} */
export function createChainEnds(store: Pick<Store, 'endOfChain'>): ChainEnds {
  const ends = new Map<string, ChainEnd>()

  /** Those used last stay. */
  function keep(chain: ChainOf, end: ChainEnd): void {
    ends.delete(nameOf(chain))
    ends.set(nameOf(chain), end)
    if (ends.size > MAX_CHAINS) ends.delete(ends.keys().next().value as string)
  }

  return {
    isBeyond(place) {
      const end = ends.get(nameOf(place))
      return end !== undefined && place.seq > end.seq
    },
    async of(chain) {
      const known = ends.get(nameOf(chain))
      if (known !== undefined) return known
      const headers = await store.endOfChain(chain, MAX_FORKS)
      const end = { seq: headers[0]?.seq ?? -1, headers }
      keep(chain, end)
      return end
    },
    adopt(headers) {
      for (const header of headers) {
        const end = ends.get(nameOf(header))
        if (end === undefined || header.seq < end.seq) continue
        const beside = header.seq === end.seq ? end.headers : []
        if (beside.length >= MAX_FORKS || beside.some(({ hash }) => hash === header.hash)) continue
        keep(header, { seq: header.seq, headers: [...beside, withoutLeaves(header)] })
      }
    },
    forget: () => ends.clear(),
  }
}

function nameOf({ author, chain }: ChainOf): string {
  return `${author} ${chain}`
}

function withoutLeaves(header: HeaderRow): HeaderRow {
  const { leafHashes, ...rest } = header
  return leafHashes === undefined ? header : rest
}

/** Some megabytes: a chain for each audience of more nodes than a cluster has. */
const MAX_CHAINS = 4_096
