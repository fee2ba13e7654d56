import type { SyncSet, TlpLabel } from '@intelmesh/protocol'
import { describe, expect, it, test } from 'vitest'
import type { SetStanding, Skip } from '../syncing/index.ts'
import type { Core } from './core.ts'
import { peerSyncs, skippedRecords, standingFigures } from './peer-sync.ts'

const NOW = 100_000
const BOB = 'b0'.repeat(32)
const HELD = '11'.repeat(32)

const core = {
  clock: () => NOW,
  trust: { roster: { ofKey: () => [] } },
  store: {
    rootOf: () => ({ count: 0, digest: new Uint8Array(32) }),
    hasRecords: async (ids: readonly string[]) => ids.map((id) => id === HELD),
    control: async () => undefined,
  },
} as unknown as Core

function standingOf(over: Partial<SetStanding>): SetStanding {
  const none = { received: 0, sent: 0, skipped: {}, isComparing: false }
  return { node: BOB, set: 'green', state: 'unequal', since: 40_000, own: 5, theirs: 5, ...none, ...over }
}

function skipOf(over: Partial<Skip>): Skip {
  return { node: BOB, set: 'green', code: 'CERT_UNKNOWN', id: '22'.repeat(32), at: 7_000, ...over }
}

describe(peerSyncs, () => {
  test.for([
    ['what a comparison found, though both sizes are equal', { onlyHere: 3, onlyThere: 3 }, 6],
    ['no less than what sizes tell, where a comparison broke off', { onlyHere: 1, onlyThere: 0, own: 9 }, 4],
    ['what sizes tell, where nobody looked for which', { own: 9 }, 4],
    ['two at least, where sets of one size are not equal', {}, 2],
    ['nothing, where both are equal', { state: 'equal', onlyHere: 0, onlyThere: 0 }, 0],
    [
      'what it last was, where the member refuses',
      { state: 'refused', code: 'BUSY', onlyHere: 1, onlyThere: 1 },
      2,
    ],
  ] as const)('counts as divergence %s', ([, over, expected]) => {
    const [sync] = peerSyncs(core, [standingOf(over)], 'green')
    expect(sync?.divergence).toBe(expected)
  })

  it('knows no divergence before a set was compared', () => {
    const { own: _own, theirs: _theirs, ...fresh } = standingOf({ state: 'unknown' })
    expect(peerSyncs(core, [fresh], 'green')[0]).not.toHaveProperty('divergence')
  })

  it('shows sets that the caller may know of, and no others', () => {
    const standings = [standingOf({}), standingOf({ set: 'clear' }), standingOf({ set: 'control' })]
    const setsFor = (label: TlpLabel): readonly string[] =>
      peerSyncs(core, standings, label).map(({ set }) => set)
    expect(setsFor('clear')).toEqual(['clear', 'control'])
    expect(setsFor('green')).toEqual(['green', 'clear', 'control'])
  })
})

describe(skippedRecords, () => {
  it('tells of each record its id, the code in words, the member and when', async () => {
    expect(await skippedRecords(core, [skipOf({})], 'green')).toEqual([
      {
        id: '22'.repeat(32),
        set: 'green',
        code: 'CERT_UNKNOWN',
        reason: expect.stringContaining('certificate'),
        from: { node: BOB, organisation: { id: '', name: '' } },
        at: '1970-01-01T00:00:07.000Z',
      },
    ])
  })

  it('leaves out what is held by now, and what a newer one took the place of', async () => {
    const { id: _, ...unread } = skipOf({ code: 'CBOR_MALFORMED' })
    const skips = [skipOf({ id: HELD }), skipOf({ code: 'OUTDATED', set: 'register' }), unread]
    expect((await skippedRecords(core, skips, 'green')).map(({ code }) => code)).toEqual(['CBOR_MALFORMED'])
  })

  it('tells of no set that the caller may not know of', async () => {
    const sets: readonly SyncSet[] = ['green', 'green/tombstones', 'clear', 'control']
    const skips = sets.map((set) => skipOf({ set }))
    expect((await skippedRecords(core, skips, 'clear')).map(({ set }) => set)).toEqual(['clear', 'control'])
  })
})

describe(standingFigures, () => {
  it('gives lag and divergence for each member and set, and the greatest for each set', () => {
    const carol = 'ca'.repeat(32)
    const { sets, members } = standingFigures(
      [
        standingOf({ state: 'equal', equalAt: NOW, onlyHere: 0, onlyThere: 0 }),
        standingOf({ node: carol, equalAt: 30_000, onlyHere: 3, onlyThere: 4 }),
        standingOf({ node: carol, set: 'clear', state: 'refused', code: 'NOT_ENTITLED' }),
      ],
      NOW,
    )
    expect(sets).toEqual([{ set: 'green', equal: 1, unequal: 1, unknown: 0, lagSeconds: 70, divergence: 7 }])
    expect(members).toEqual([
      { node: carol, set: 'green', lagSeconds: 70, divergence: 7 },
      { node: BOB, set: 'green', lagSeconds: 0, divergence: 0 },
    ])
  })
})
