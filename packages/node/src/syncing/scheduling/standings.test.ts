import { describe, expect, it } from 'vitest'
import type { SessionOutcome } from '../initiate.ts'
import { createStandings, type SetStanding, type Standings } from './standings.ts'

let now = 1_000

function setUp(): { readonly standings: Standings; readonly green: () => SetStanding | undefined } {
  now = 1_000
  const standings = createStandings(() => now)
  standings.follow([{ node: 'bob', connectedAt: 1 }], () => ['green'])
  return { standings, green: () => standings.all().find(({ set }) => set === 'green') }
}

function outcomeOf(over: Partial<SessionOutcome>): SessionOutcome {
  return {
    set: 'green',
    wasEqual: false,
    own: 5,
    theirs: 5,
    received: 0,
    sent: 0,
    skipped: {},
    missing: 0,
    withheld: false,
    cells: 0,
    gaveUp: false,
    rounds: 1,
    bytes: 1,
    ...over,
  }
}

describe(createStandings, () => {
  it('keeps how many ids each side alone had, though both sets have as many', () => {
    const { standings, green } = setUp()
    standings.compared('bob', outcomeOf({ onlyHere: 2, onlyThere: 2 }))
    expect(green()).toMatchObject({ state: 'unequal', own: 5, theirs: 5, onlyHere: 2, onlyThere: 2 })
    standings.compared('bob', outcomeOf({ refused: 'BUSY' }))
    expect(green()).toMatchObject({ state: 'refused', onlyHere: 2, onlyThere: 2 })
    standings.compared('bob', outcomeOf({}))
    expect(green()).not.toHaveProperty('onlyHere')
    standings.compared('bob', outcomeOf({ wasEqual: true, own: 4 }))
    expect(green()).toMatchObject({ state: 'equal', own: 5, theirs: 5, onlyHere: 0, onlyThere: 0 })
  })

  it('counts what sessions bring as it comes, whoever leads them and however they end', () => {
    const { standings, green } = setUp()
    const skips = [{ code: 'QUOTA', id: 'aa' }, { code: 'QUOTA' }]
    const served = standings.beginning('bob')
    served('green', { received: 3, skipped: { QUOTA: 2 }, skips })
    served('green', { received: 1, skipped: { CERT_UNKNOWN: 1 }, skips: [] })
    expect(green()).toMatchObject({ received: 4, skipped: { QUOTA: 2, CERT_UNKNOWN: 1 } })
    standings.compared('bob', outcomeOf({ wasEqual: true }))
    expect(green()?.skipped).toEqual({ QUOTA: 2, CERT_UNKNOWN: 1 })
    standings.beginning('bob')('green', { received: 1, skipped: {}, skips: [] })
    expect(green()).toMatchObject({ received: 5, skipped: {} })
  })

  it('still tells what was left out once whoever brought it has gone', () => {
    const { standings } = setUp()
    standings.beginning('bob')('green', {
      received: 0,
      skipped: { QUOTA: 1 },
      skips: [{ code: 'QUOTA', id: 'aa' }],
    })
    standings.follow([], () => [])
    expect(standings.all()).toEqual([])
    expect(standings.skips()).toEqual([{ code: 'QUOTA', id: 'aa', node: 'bob', set: 'green', at: 1_000 }])
  })
})
