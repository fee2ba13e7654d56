import { describe, expect, it, onTestFinished, vi } from 'vitest'
import type { HeaderRow, RecordRow, Store, StoreChanges } from '../store/index.ts'
import type { Lane } from './lanes.ts'
import { createChainEnds } from './chain-ends.ts'
import { createWriter, type Judgement, type Writer } from './writer.ts'

interface Bench {
  readonly writer: Writer
  readonly commits: (readonly string[])[]
  readonly reads: string[]
}

/** A writer over a store that keeps nothing, counts what it is asked, and cannot take a record called `poison`. */
function open(gatherMs = 0): Bench {
  const commits: (readonly string[])[] = []
  const reads: string[] = []
  const none = (what: string) => async (ids: readonly string[]) => {
    reads.push(what)
    return ids.map(() => false)
  }
  const store = {
    hasRecords: none('hasRecords'),
    namedByTombstones: none('namedByTombstones'),
    endOfChain: async () => {
      reads.push('endOfChain')
      return []
    },
    certain: async () => void reads.push('certain'),
    async commit({ records = [] }: StoreChanges) {
      const ids = records.map(({ id }) => id)
      if (ids.includes('poison')) throw new RangeError('a row that cannot be written')
      commits.push(ids)
    },
  } as unknown as Store
  const hasher = { sha256: () => new Uint8Array(32) }
  const writer = createWriter(
    { store, ends: createChainEnds(store), hasher, nodesOf: () => [], clock: () => 0, gatherMs },
    { onStored: () => undefined, onTakenBack: () => undefined },
  )
  return { writer, commits, reads }
}

function judgement(ids: readonly string[], bytes = 10): Judgement {
  const header = { hash: ids.join(), bytes: new Uint8Array(), author: 'a', chain: 'c', seq: 0, to: 1n }
  const records = ids.map((id) => ({ id, leaf: new Uint8Array(bytes), retracts: [] }))
  return {
    header: { ...header, arrivedAt: 0 } satisfies HeaderRow,
    from: 0n,
    records: records as unknown as readonly RecordRow[],
    evidence: [],
    source: 'file',
  }
}

function writeAll(
  writer: Writer,
  all: readonly (readonly [Lane, Judgement])[],
): Promise<readonly string[]>[] {
  return all.map(([lane, each]) => writer.write(each, { sync: true, lane }))
}

describe(createWriter, () => {
  it('writes what waits together in one group, lane by lane, with two reads in all', async () => {
    const { writer, commits, reads } = open()
    await Promise.all(
      writeAll(writer, [
        ['asked', judgement(['first'])],
        ['asked', judgement(['d'])],
        ['gossip', judgement(['c', 'd'])],
        ['own', judgement(['b'])],
        ['alert', judgement(['a'])],
      ]),
    )
    expect(commits).toEqual([['first'], ['a', 'b', 'c', 'd']])
    expect(reads).toEqual([
      'certain',
      'hasRecords',
      'namedByTombstones',
      'endOfChain',
      'certain',
      'hasRecords',
      'namedByTombstones',
    ])
  })

  it('has what comes by gossip wait for more, for as long as it may, until somebody waits for something', async () => {
    vi.useFakeTimers()
    onTestFinished(() => void vi.useRealTimers())
    const { writer, commits } = open(50)
    const unasked = { sync: false, lane: 'gossip' } as const
    const first = writer.write(judgement(['a']), unasked)
    await vi.advanceTimersByTimeAsync(49)
    const second = writer.write(judgement(['b']), { sync: false, lane: 'alert' })
    expect(commits).toEqual([])
    await vi.advanceTimersByTimeAsync(1)
    await Promise.all([first, second])
    expect(commits).toEqual([['b', 'a']])

    const third = writer.write(judgement(['c']), unasked)
    await writer.write(judgement(['d']), { sync: false, lane: 'own' })
    await third
    const fourth = writer.write(judgement(['e']), unasked)
    await writer.write(judgement(['f']), { sync: true, lane: 'gossip' })
    await fourth
    void writer.write(judgement(['g']), unasked)
    await writer[Symbol.asyncDispose]()
    expect(commits.slice(1)).toEqual([['d', 'c'], ['e', 'f'], ['g']])
  })

  it('bounds a group by records and by bytes', async () => {
    const { writer, commits } = open()
    const many = Array.from({ length: 1000 }, (_, i) => `many ${i}`)
    await Promise.all(
      writeAll(writer, [
        ['own', judgement(['first'])],
        ['own', judgement(many)],
        ['own', judgement(['x'], 3 * 1024 * 1024)],
        ['own', judgement(['y'], 2 * 1024 * 1024)],
        ['own', judgement(['z'])],
      ]),
    )
    expect(commits.map(({ length }) => length)).toEqual([1, 1001, 2])
  })

  it('lets what cannot be written fail by itself', async () => {
    const { writer, commits } = open()
    const outcomes = await Promise.allSettled(
      writeAll(writer, [
        ['own', judgement(['first'])],
        ['own', judgement(['a'])],
        ['own', judgement(['poison', 'b'])],
        ['own', judgement(['c'])],
      ]),
    )
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled'])
    expect(commits.flat()).toEqual(['first', 'a', 'c'])
  })
})
