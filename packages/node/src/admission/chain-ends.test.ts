import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { HeaderRow } from '../store/index.ts'
import { createChainEnds } from './chain-ends.ts'

function header(chain: string, seq: number, hash = `${chain} ${seq}`): HeaderRow {
  return { hash, bytes: new Uint8Array(), author: 'a', chain, seq, to: 0n, arrivedAt: 0 }
}

function open(held: HeaderRow[] = []) {
  const reads: string[] = []
  const ends = createChainEnds({
    async endOfChain(chain) {
      reads.push(chain)
      const rows = held.filter((row) => row.chain === chain)
      return rows.filter(({ seq }) => rows.every((row) => row.seq <= seq))
    },
  })
  return { ends, reads }
}

describe(createChainEnds, () => {
  it('reads the end of a chain once', async () => {
    const { ends, reads } = open([header('c', 4), header('c', 5)])
    expect(ends.isBeyond({ chain: 'c', seq: 9 })).toBe(false)
    expect(await ends.of('c')).toEqual({ seq: 5, headers: [header('c', 5)] })
    expect(await ends.of('none')).toEqual({ seq: -1, headers: [] })
    await Promise.all([ends.of('c'), ends.of('none')])
    expect(reads).toEqual(['c', 'none'])
    expect([5, 6].map((seq) => ends.isBeyond({ chain: 'c', seq }))).toEqual([false, true])
    expect(ends.isBeyond({ chain: 'none', seq: 0 })).toBe(true)
    ends.forget()
    expect(ends.isBeyond({ chain: 'c', seq: 6 })).toBe(false)
  })

  it('knows what the store would tell, whatever is written', async () => {
    const written = fc.array(
      fc.record({ chain: fc.constantFrom('a', 'b'), seq: fc.nat(4), hash: fc.constantFrom('x', 'y') }),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(written), async (groups) => {
        const held: HeaderRow[] = []
        const { ends } = open(held)
        await ends.of('a')
        for (const group of groups) {
          const rows = group.map(({ chain, seq, hash }) => header(chain, seq, `${hash} ${seq}`))
          for (const row of rows)
            if (!held.some(({ chain, hash }) => chain === row.chain && hash === row.hash)) held.push(row)
          ends.adopt(rows)
          for (const chain of ['a', 'b'])
            expect(await ends.of(chain)).toEqual(await open(held).ends.of(chain))
        }
      }),
    )
  })

  it('does not remember more forks of a place than a few', async () => {
    const { ends, reads } = open()
    await ends.of('c')
    ends.adopt(Array.from({ length: 20 }, (_, i) => header('c', 0, `fork ${i}`)))
    expect(ends.isBeyond({ chain: 'c', seq: 1 })).toBe(false)
    await ends.of('c')
    expect(reads).toEqual(['c', 'c'])
  })
})
