import { type ChainHead, fromHex, type Statement, toHex } from '@intelmesh/protocol'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { hashOf } from '../store/testing/sample-rows.ts'
import { createClosures, type KeyStatus } from './closures.ts'

const KEY = hashOf('key')
const OTHER_KEY = hashOf('other key')
const AT = 1000

describe(createClosures, () => {
  it('leaves a key open that nothing was said of', () => {
    const closures = closuresOf([statement({ number: 1, keys: [OTHER_KEY] })])
    expect(closures.of(KEY, AT)).toEqual({ isRevoked: false })
  })

  it('never opens what was revoked, whatever is said before or after', () => {
    const said = fc.array(anyStatement)
    fc.assert(
      fc.property(said, fc.constantFrom('revoke' as const, 'lapse' as const), (others, action) => {
        const closures = closuresOf([...others, statement({ number: 500, action, at: AT })])
        expect(closures.of(KEY, Number.MAX_SAFE_INTEGER).isRevoked).toBe(true)
        expect(closures.of(KEY, 0).heads).toBeDefined()
      }),
    )
  })

  it('is a function of the set of statements: the order in which they come does not matter', () => {
    const shuffled = fc
      .array(anyStatement, { maxLength: 12 })
      .chain((said) =>
        fc.tuple(
          fc.constant(said),
          fc.shuffledSubarray(said, { minLength: said.length }),
          fc.nat({ max: 60 }),
        ),
      )
    fc.assert(
      fc.property(shuffled, ([said, other, now]) => {
        const [a, b] = [closuresOf(said), closuresOf(other)]
        expect(plain(a.of(KEY, now))).toEqual(plain(b.of(KEY, now)))
        expect(a.newest(KEY)).toBe(b.newest(KEY))
        expect(a.complete).toBe(b.complete)
        expect(a.nextChange(now)).toBe(b.nextChange(now))
        expect(hashesOf(a.closedHeads(now))).toEqual(hashesOf(b.closedHeads(now)))
      }),
      { numRuns: 400 },
    )
  })

  it('lets the stricter word count of two with one number, whichever came first', () => {
    const suspended = statement({ number: 4, action: 'suspend', at: AT })
    const reinstated = statement({ number: 4, action: 'reinstate', at: AT + 1 })
    for (const said of [
      [suspended, reinstated],
      [reinstated, suspended],
    ])
      expect(closuresOf(said).of(KEY, AT).suspendedUntil).toBe(Infinity)
  })

  it('suspends until the end, and without one for good', () => {
    const closures = closuresOf([statement({ number: 1, action: 'suspend', at: AT, until: 2 * AT })])
    expect(closures.of(KEY, 2 * AT - 1).suspendedUntil).toBe(2 * AT)
    expect(closures.of(KEY, 2 * AT)).toEqual({ isRevoked: false })
    expect(closures.nextChange(AT)).toBe(2 * AT)
    expect(closures.nextChange(2 * AT)).toBeUndefined()
    closures.add(statement({ number: 2, action: 'suspend', at: 2 * AT }))
    expect(closures.of(KEY, Number.MAX_SAFE_INTEGER).suspendedUntil).toBe(Infinity)
  })

  it('reopens at a reinstatement, and closes again at a later suspension', () => {
    const closures = closuresOf([statement({ number: 1, action: 'suspend', at: AT })])
    closures.add(statement({ number: 2, action: 'reinstate', at: 2 * AT }))
    expect(closures.of(KEY, 3 * AT)).toEqual({ isRevoked: false })
    expect(closures.closedHeads(3 * AT)).toEqual([])
    closures.add(statement({ number: 3, action: 'suspend', at: 3 * AT, heads: [headOf('c', 5)] }))
    expect(closures.of(KEY, 4 * AT).heads?.size).toBe(1)
    expect([KEY, OTHER_KEY].map((key) => closures.newest(key))).toEqual([3, 0])
  })

  it('adds up the heads of one suspension in several statements, and of no earlier one', () => {
    const closures = closuresOf([
      statement({ number: 1, action: 'suspend', at: AT, heads: [headOf('old', 1)] }),
      statement({ number: 2, action: 'suspend', at: 2 * AT, heads: [headOf('a', 1)] }),
      statement({ number: 3, action: 'suspend', at: 2 * AT, heads: [headOf('b', 2), headOf('b', 3)] }),
    ])
    expect(plain(closures.of(KEY, 2 * AT)).heads).toEqual(['a 1', 'b 2', 'b 3'].map(hashOf).toSorted())
  })

  it('adds up the heads of every revocation, and leaves those of a suspension out', () => {
    const closures = closuresOf([
      statement({ number: 1, action: 'suspend', at: AT, heads: [headOf('a', 9)] }),
      statement({ number: 2, heads: [headOf('a', 1)] }),
      statement({ number: 3, action: 'lapse', heads: [headOf('b', 2)] }),
    ])
    expect(plain(closures.of(KEY, AT)).heads).toEqual(['a 1', 'b 2'].map(hashOf).toSorted())
    expect(closures.closedHeads(AT)).toHaveLength(2)
  })

  it('concerns every key of a statement, and counts up to the first gap', () => {
    const closures = closuresOf([statement({ number: 3 }), statement({ number: 1, keys: [KEY, OTHER_KEY] })])
    expect(closures.complete).toBe(1)
    expect(closures.of(OTHER_KEY, AT).isRevoked).toBe(true)
    closures.add(statement({ number: 2 }))
    expect(closures.complete).toBe(3)
  })
})

const anyStatement = fc
  .record({
    number: fc.integer({ min: 1, max: 5 }),
    action: fc.oneof(
      { weight: 1, arbitrary: fc.constantFrom('revoke' as const, 'lapse' as const) },
      { weight: 12, arbitrary: fc.constantFrom('suspend' as const, 'reinstate' as const) },
    ),
    at: fc.integer({ min: 1, max: 4 }).map((at) => at * 10),
    length: fc.option(fc.integer({ min: 1, max: 30 }), { nil: undefined }),
    heads: fc.array(
      fc.tuple(fc.constantFrom('a', 'b'), fc.nat({ max: 3 })).map(([name, seq]) => headOf(name, seq)),
      { maxLength: 3 },
    ),
  })
  .map(({ length, ...said }) =>
    statement({
      ...said,
      ...(said.action === 'suspend' && length !== undefined && { until: said.at + length }),
    }),
  )

function statement(
  over: Partial<Omit<Statement, 'keys'>> & { readonly number: number; readonly keys?: readonly string[] },
): Statement {
  return {
    aco: new Uint8Array(32),
    action: 'revoke',
    reason: 'unspecified',
    at: AT,
    heads: [],
    signer: new Uint8Array(32),
    ...over,
    keys: (over.keys ?? [KEY]).map(fromHex),
  }
}

function closuresOf(statements: readonly Statement[]): ReturnType<typeof createClosures> {
  const closures = createClosures()
  for (const each of statements) closures.add(each)
  return closures
}

function headOf(chain: string, seq: number): ChainHead {
  return { chain: fromHex(hashOf(chain).slice(0, 32)), seq, hash: fromHex(hashOf(`${chain} ${seq}`)) }
}

function hashesOf(heads: readonly ChainHead[]): readonly string[] {
  return heads.map(({ hash }) => toHex(hash)).toSorted()
}

/** A status as data that compares, whatever the order of its heads. */
function plain({ heads, ...rest }: KeyStatus): object & { readonly heads?: readonly string[] } {
  return { ...rest, ...(heads && { heads: hashesOf([...heads.values()].flat()) }) }
}
