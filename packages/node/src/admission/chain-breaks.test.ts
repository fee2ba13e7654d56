import { describe, expect, it } from 'vitest'
import type { ChainOf, HeaderRow } from '../store/index.ts'
import { createChainEnds, MAX_FORKS } from './chain-ends.ts'
import { type ChainLink, findBreaks } from './chain-breaks.ts'

function link(hash: string, seq: number, rest: Partial<HeaderRow> & { from?: bigint } = {}): ChainLink {
  const { from = BigInt(seq * 10), ...over } = rest
  const header: HeaderRow = {
    hash,
    bytes: new Uint8Array(),
    author: 'a',
    chain: 'c',
    seq,
    to: from + 5n,
    arrivedAt: 0,
    ...over,
  }
  return { header, from }
}

async function breaks(
  held: readonly ChainLink[],
  links: readonly ChainLink[],
): Promise<{ found: string[]; reads: (readonly [number, number])[] }> {
  const reads: [number, number][] = []
  const ofChain = ({ author, chain }: ChainOf): HeaderRow[] =>
    held.map(({ header }) => header).filter((row) => row.author === author && row.chain === chain)
  const store = {
    async endOfChain(of: ChainOf, most: number) {
      const rows = ofChain(of)
      return rows.filter(({ seq }) => rows.every((row) => row.seq <= seq)).slice(0, most)
    },
    async headersOfAuthor(of: ChainOf, from: number, to: number, most: number) {
      reads.push([from, to])
      const rows = ofChain(of).filter((row) => row.seq >= from && row.seq <= to)
      const places = Map.groupBy(rows, ({ seq }) => seq)
      return [...places.values()].flatMap((each) => each.slice(0, most))
    },
  }
  const found = await findBreaks({ store, ends: createChainEnds(store) }, links)
  return { found: found.map(({ header, code }) => `${header.hash} ${code}`), reads }
}

describe(findBreaks, () => {
  it('finds none in a chain that goes on, and reads nothing but its end', async () => {
    const links = [link('h1', 1, { previous: 'h0' }), link('h2', 2, { previous: 'h1' })]
    expect(await breaks([link('h0', 0)], links)).toEqual({ found: [], reads: [] })
  })

  it('finds two headers for one place, in the store and in the group', async () => {
    const links = [link('x1', 1, { previous: 'h0' }), link('y1', 1, { previous: 'h0' })]
    const { found } = await breaks([link('h0', 0), link('h1', 1)], links)
    expect(found).toEqual(['x1 CHAIN_FORK', 'y1 CHAIN_FORK'])
    expect((await breaks([link('h0', 0)], links)).found).toEqual(['y1 CHAIN_FORK'])
    // The same header again is no fork, and neither is the chain id that another author took.
    expect((await breaks([link('x1', 1)], links.slice(0, 1))).found).toEqual([])
    expect((await breaks([link('z1', 1, { author: 'b' })], links.slice(0, 1))).found).toEqual([])
  })

  it('finds a header that names another before it, or begins before that ends', async () => {
    const held = [link('h0', 0)]
    expect((await breaks(held, [link('h1', 1, { previous: 'other' })])).found).toEqual(['h1 CHAIN_BROKEN'])
    const early = link('h1', 1, { previous: 'h0', from: 4n })
    expect((await breaks(held, [early])).found).toEqual(['h1 CHAIN_TIME_REVERSED'])
  })

  it('reads nothing of what lies between places that do not follow each other', async () => {
    const links = [link('a', 9), link('b', 1_000_000), link('c', 10)]
    const { reads } = await breaks([link('end', 2_000_000)], links)
    expect(reads).toEqual([
      [8, 10],
      [999_999, 1_000_000],
    ])
  })

  it('looks at a few of the headers of a place, and takes none of those for all', async () => {
    const forks = Array.from({ length: 50 }, (_, i) => link(`fork ${i}`, 1, { previous: 'h0' }))
    const next = link('next', 2, { previous: 'fork 49' })
    let looked = 0
    const watched = new Proxy(link('last', 1, { previous: 'h0' }).header, {
      get(row, name) {
        if (name === 'hash') looked++
        return Reflect.get(row, name) as unknown
      },
    })
    const all = [...forks.slice(0, MAX_FORKS), { header: watched, from: 0n }, ...forks.slice(MAX_FORKS), next]
    const { found } = await breaks([link('h0', 0)], all)
    expect(found.filter((each) => each.endsWith('CHAIN_FORK'))).toHaveLength(50)
    expect(found.filter((each) => each.endsWith('CHAIN_BROKEN'))).toEqual([])
    // By its own test, and not once for each that comes after it.
    expect(looked).toBeLessThan(5)
    expect((await breaks([link('h0', 0), ...forks], [next])).found).toEqual([])
  })
})
