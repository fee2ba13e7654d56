import type { SyncSet } from '@intelmesh/protocol'
import type { SessionOutcome } from '../initiate.ts'

/** How a set of this node stands to that of a connected peer, as far as the last sessions with it tell. Times: ms since the Unix epoch. */
export interface SetStanding {
  readonly node: string
  readonly set: SyncSet
  /** How the last comparison ended: `unknown` before the first; `refused` when the peer gives it not, or not now. */
  readonly state: 'unknown' | 'equal' | 'unequal' | 'refused' | 'failed'
  /** Whether a session over it is under way. */
  readonly isComparing: boolean
  /** Since when this is asked for: when the peer connected. */
  readonly since: number
  readonly comparedAt?: number
  /** When both were last found to be equal. */
  readonly equalAt?: number
  /** Ids in the own set and in the peer's, at the last comparison. */
  readonly own?: number
  readonly theirs?: number
  /** Items that came and went since it connected, in the sessions that this node led. */
  readonly received: number
  readonly sent: number
  /** Items of the last unequal session that were not taken, by code. */
  readonly skipped: Readonly<Record<string, number>>
  /** The code with which the peer refused, or with which the session failed. */
  readonly code?: string
}

/** What is known of the sets of connected peers. */
export interface Standings {
  /** Keeps those of peers that are connected, and no others. */
  follow(
    peers: readonly { readonly node: string; readonly connectedAt: number }[],
    sets: (node: string) => readonly SyncSet[],
  ): void
  comparing(node: string, set: SyncSet): void
  compared(node: string, outcome: SessionOutcome): void
  failed(node: string, code: string): void
  all(): readonly SetStanding[]
  /** Whether every set of every peer was equal, or is none of ours, when it was last compared. */
  readonly isSettled: boolean
}

/** Standings of nobody. @param clock ms since the Unix epoch */
export function createStandings(clock: () => number): Standings {
  const peers = new Map<string, { readonly connectedAt: number; readonly sets: Map<SyncSet, SetStanding> }>()

  function change(node: string, set: SyncSet, next: (held: SetStanding) => SetStanding): void {
    const sets = peers.get(node)?.sets
    const held = sets?.get(set)
    if (held !== undefined) sets?.set(set, next(held))
  }

  const all = (): SetStanding[] => [...peers.values()].flatMap(({ sets }) => [...sets.values()])
  return {
    follow(connected, setsOf) {
      const nodes = new Set(connected.map(({ node }) => node))
      for (const node of peers.keys()) if (!nodes.has(node)) peers.delete(node)
      for (const { node, connectedAt } of connected) {
        const known = peers.get(node)
        const held = known?.connectedAt === connectedAt ? known.sets : new Map<SyncSet, SetStanding>()
        const sets = setsOf(node).map((set) => [set, held.get(set) ?? unknown(node, set, clock())] as const)
        peers.set(node, { connectedAt, sets: new Map(sets) })
      }
    },
    comparing: (node, set) => change(node, set, (held) => ({ ...held, isComparing: true })),
    compared(node, outcome) {
      const { own, theirs, refused, skipped } = outcome
      const now = clock()
      change(node, outcome.set, ({ code: _code, ...held }) => {
        const isEqual = refused === undefined && outcome.wasEqual
        return {
          ...held,
          isComparing: false,
          state: refused !== undefined ? 'refused' : isEqual ? 'equal' : 'unequal',
          comparedAt: now,
          ...(isEqual && { equalAt: now }),
          ...(refused === undefined && { own, theirs }),
          received: held.received + outcome.received,
          sent: held.sent + outcome.sent,
          skipped: isEqual ? {} : skipped,
          ...(refused !== undefined && { code: refused }),
        }
      })
    },
    failed(node, code) {
      for (const { set, isComparing } of peers.get(node)?.sets.values() ?? [])
        if (isComparing) change(node, set, (held) => ({ ...held, isComparing: false, state: 'failed', code }))
    },
    all,
    get isSettled() {
      return all().every(
        ({ state, code }) => state === 'equal' || (state === 'refused' && code === 'NOT_ENTITLED'),
      )
    },
  }
}

function unknown(node: string, set: SyncSet, since: number): SetStanding {
  return { node, set, state: 'unknown', isComparing: false, since, received: 0, sent: 0, skipped: {} }
}
