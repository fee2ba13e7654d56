import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ChainOf, HeaderRow } from '../store/index.ts'
import { createChainEnds, MAX_FORKS } from './chain-ends.ts'

function header(chain: string, seq: number, hash = `${chain} ${seq}`, author = 'a'): HeaderRow {
  return { hash, bytes: new Uint8Array(), author, chain, seq, to: 0n, arrivedAt: 0 }
}

function of(chain: string, author = 'a'): ChainOf {
  return { author, chain }
}

function open(held: HeaderRow[] = []) {
  const reads: string[] = []
  const ends = createChainEnds({
    async endOfChain({ author, chain }, most) {
      reads.push(chain)
      const rows = held.filter((row) => row.author === author && row.chain === chain)
      return rows.filter(({ seq }) => rows.every((row) => row.seq <= seq)).slice(0, most)
    },
  })
  return { ends, reads }
}

describe(createChainEnds, () => {
  it('reads the end of a chain once', async () => {
    const { ends, reads } = open([header('c', 4), header('c', 5)])
    expect(ends.isBeyond({ ...of('c'), seq: 9 })).toBe(false)
    expect(await ends.of(of('c'))).toEqual({ seq: 5, headers: [header('c', 5)] })
    expect(await ends.of(of('none'))).toEqual({ seq: -1, headers: [] })
    await Promise.all([ends.of(of('c')), ends.of(of('none'))])
    expect(reads).toEqual(['c', 'none'])
    expect([5, 6].map((seq) => ends.isBeyond({ ...of('c'), seq }))).toEqual([false, true])
    expect(ends.isBeyond({ ...of('none'), seq: 0 })).toBe(true)
    ends.forget()
    expect(ends.isBeyond({ ...of('c'), seq: 6 })).toBe(false)
  })

  it('knows what the store would tell, whatever is written', async () => {
    const written = fc.array(
      fc.record({ chain: fc.constantFrom('a', 'b'), seq: fc.nat(4), hash: fc.constantFrom('x', 'y') }),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(written), async (groups) => {
        const held: HeaderRow[] = []
        const { ends } = open(held)
        await ends.of(of('a'))
        for (const group of groups) {
          const rows = group.map(({ chain, seq, hash }) => header(chain, seq, `${hash} ${seq}`))
          for (const row of rows)
            if (!held.some(({ chain, hash }) => chain === row.chain && hash === row.hash)) held.push(row)
          ends.adopt(rows)
          for (const chain of ['a', 'b'])
            expect(await ends.of(of(chain))).toEqual(await open(held).ends.of(of(chain)))
        }
      }),
    )
  })

  it('reads an end with very many forks once, and remembers a few of them', async () => {
    const forks = Array.from({ length: 20 }, (_, i) => header('c', 0, `fork ${i}`))
    for (const held of [forks, []]) {
      const { ends, reads } = open(held)
      await ends.of(of('c'))
      ends.adopt(forks)
      expect((await ends.of(of('c'))).headers).toEqual(forks.slice(0, MAX_FORKS))
      expect(ends.isBeyond({ ...of('c'), seq: 1 })).toBe(true)
      expect(reads).toEqual(['c'])
    }
  })

  it('keeps apart what two authors call by one id', async () => {
    const { ends } = open([header('c', 4), header('c', 9, 'other', 'b')])
    expect((await ends.of(of('c'))).seq).toBe(4)
    expect((await ends.of(of('c', 'b'))).seq).toBe(9)
    ends.adopt([header('c', 20, 'more', 'b')])
    expect(ends.isBeyond({ ...of('c'), seq: 5 })).toBe(true)
  })
})
