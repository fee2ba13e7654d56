import { describe, expect, it } from 'vitest'
import type { LookupAnswer, LookupHit } from '../api.ts'
import { createConfirmer } from './confirm.ts'
import type { LineMatch } from './line-matcher.ts'

const NETWORK = { type: 'cidr', value: '198.51.100.0/24' } as const
const MATCH: LineMatch = {
  line: 1,
  found: { type: 'ipv4', value: '198.51.100.7' },
  known: NETWORK,
  relation: 'cidr',
}

describe(createConfirmer, () => {
  it('asks for a network by its first address, and once', async () => {
    const asked: string[] = []
    const confirm = createConfirmer(async (values) => {
      asked.push(...values)
      return values.map((query) => answer(query, [hitOf(NETWORK)]))
    })
    expect(await confirm([MATCH])).toMatchObject([{ line: 1, hits: [{ matched: NETWORK }] }])
    expect(await confirm([{ ...MATCH, line: 2 }, MATCH])).toHaveLength(2)
    expect(asked).toEqual(['198.51.100.0'])
  })

  it('asks for a network itself where others leave no room for it', async () => {
    const confirm = createConfirmer(async (values) =>
      values.map((query) =>
        query === NETWORK.value
          ? answer(query, [hitOf(NETWORK)])
          : answer(query, [hitOf({ type: 'ipv4', value: query })], 200),
      ),
    )
    expect(await confirm([MATCH])).toMatchObject([{ hits: [{ matched: NETWORK }] }])
  })

  it('leaves out what no record says', async () => {
    const confirm = createConfirmer(async (values) => values.map((query) => answer(query, [])))
    expect(await confirm([MATCH])).toEqual([])
  })
})

function answer(query: string, hits: readonly LookupHit[], total = hits.length): LookupAnswer {
  return { query, understood: [], hits, total }
}

function hitOf(value: Pick<LookupHit['matched'], 'type' | 'value'>): LookupHit {
  return { matched: { ...value, relation: 'exact' } } as Partial<LookupHit> as LookupHit
}
