import type { SyncSet } from '@intelmesh/protocol'
import type { SessionOutcome } from '../initiate.ts'
import { addCounts, type Taken } from '../session.ts'
import { createSkips, type Skip } from './skips.ts'

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
  /** Ids that one side alone had, as far as the last comparison told. */
  readonly onlyHere?: number
  readonly onlyThere?: number
  /** Items that came since it connected, whoever led the session. */
  readonly received: number
  /** Items that went since it connected, in the sessions that this node led. */
  readonly sent: number
  /** What the last session that brought anything, whoever led it, brought and was not taken, by code. */
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
  /** A session with a peer begins, whoever leads it. Gives what is told of all that it brings. */
  beginning(node: string): (set: SyncSet, taken: Taken) => void
  compared(node: string, outcome: SessionOutcome): void
  failed(node: string, code: string): void
  all(): readonly SetStanding[]
  /** What sessions brought lately and was not taken, also of peers that are gone: the latest first. */
  skips(): readonly Skip[]
  /** Whether every set of every peer was equal, or is none of ours, when it was last compared. */
  readonly isSettled: boolean
}

/** Standings of nobody. @param clock ms since the Unix epoch */
export function createStandings(clock: () => number): Standings {
  const skips = createSkips(clock)
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
    beginning(node) {
      let skipped: SetStanding['skipped'] = {}
      return (set, taken) => {
        skipped = addCounts(skipped, taken.skipped)
        change(node, set, (held) => ({ ...held, received: held.received + taken.received, skipped }))
        skips.note(node, set, taken.skips)
      }
    },
    compared: (node, outcome) =>
      change(node, outcome.set, (held) => ({ ...standingAfter(held, outcome, clock()), isComparing: false })),
    failed(node, code) {
      for (const { set, isComparing } of peers.get(node)?.sets.values() ?? [])
        if (isComparing) change(node, set, (held) => ({ ...held, isComparing: false, state: 'failed', code }))
    },
    all,
    skips: () => skips.all(),
    get isSettled() {
      return all().every(
        ({ state, code }) => state === 'equal' || (state === 'refused' && code === 'NOT_ENTITLED'),
      )
    },
  }
}

/** What a session tells that this node led. One that is refused tells nothing of how much differs. */
function standingAfter(
  { code: _code, ...held }: SetStanding,
  { wasEqual, refused, own, theirs, onlyHere, onlyThere, sent }: SessionOutcome,
  now: number,
): SetStanding {
  const after = { ...held, comparedAt: now, sent: held.sent + sent }
  if (refused !== undefined) return { ...after, state: 'refused', code: refused }
  const { onlyHere: _here, onlyThere: _there, ...fresh } = { ...after, own: wasEqual ? theirs : own, theirs }
  if (wasEqual) return { ...fresh, state: 'equal', equalAt: now, onlyHere: 0, onlyThere: 0 }
  return {
    ...fresh,
    state: 'unequal',
    ...(onlyHere !== undefined && { onlyHere }),
    ...(onlyThere !== undefined && { onlyThere }),
  }
}

function unknown(node: string, set: SyncSet, since: number): SetStanding {
  return { node, set, state: 'unknown', isComparing: false, since, received: 0, sent: 0, skipped: {} }
}
