import type { Compartment } from '@intelmesh/protocol'

/** A connection to a peer: another `connectedAt` is another connection. */
export interface Acquaintance {
  /** Node key id. */
  readonly node: string
  /** ms since the Unix epoch. */
  readonly connectedAt: number
}

/** How a visit to a peer ended: all sets were equal, something came or went, or nothing did though sets differ. */
export type VisitEnd = 'equal' | 'progress' | 'nothing'

/** A visit that is due: what to compare with whom, besides control, which is always compared first. */
export interface Appointment {
  readonly node: string
  readonly compartments: ReadonlySet<Compartment>
}

/**
 * Who is to be visited when. It says what is due *now* rather than telling of it once: a wish that nobody takes up stays due, a
 * connection that nobody announced is seen at the next look, and no visit is lost to an event that was.
 */
export interface Agenda {
  /** Takes note of who is connected now. Who is new, or connected anew, is due for everything at once. */
  follow(peers: readonly Acquaintance[]): void
  /** Somebody is to be visited soon. What is not connected is passed over. */
  wish(node: string, compartments?: Iterable<Compartment>): void
  /** Wishes for two peers of each compartment that may have it, chosen at random. */
  round(maySee: (node: string, compartment: Compartment) => boolean): void
  /** What is due and not under way; it counts as under way from then on. */
  due(): readonly Appointment[]
  isUnderWay(node: string): boolean
  /** Says how a visit ended. Unequal sets are compared again: at once while something comes, else less and less eagerly. */
  ended(node: string, end: VisitEnd): void
  /** When something is next due, ms of the clock; Infinity where nothing is. */
  readonly nextAt: number
}

/** What an agenda reckons with. */
export interface AgendaComponents {
  /** ms, from any start. */
  readonly clock: () => number
  /** Evenly distributed, 0 to 1. */
  readonly random: () => number
  /** Every compartment, control among them. */
  readonly compartments: readonly Compartment[]
}

/** An agenda of nobody. */
export function createAgenda({ clock, random, compartments }: AgendaComponents): Agenda {
  const entries = new Map<string, Entry>()

  function isDue(entry: Entry): boolean {
    return !entry.isUnderWay && entry.wished.size > 0 && entry.notBefore <= clock()
  }

  return {
    follow(peers) {
      const connected = new Set(peers.map(({ node }) => node))
      for (const node of entries.keys()) if (!connected.has(node)) entries.delete(node)
      for (const { node, connectedAt } of peers) {
        const known = entries.get(node)
        if (known?.connectedAt === connectedAt) continue
        const isUnderWay = known?.isUnderWay ?? false
        entries.set(node, {
          connectedAt,
          isUnderWay,
          wished: new Set(compartments),
          notBefore: clock(),
          vain: 0,
        })
      }
    },
    wish(node, wished = compartments) {
      const entry = entries.get(node)
      for (const compartment of wished) entry?.wished.add(compartment)
    },
    round(maySee) {
      for (const compartment of compartments) {
        const entitled = [...entries].filter(([node]) => maySee(node, compartment))
        for (let i = 0; i < PEERS_PER_ROUND && entitled.length > 0; i++) {
          const [chosen] = entitled.splice(Math.floor(random() * entitled.length), 1)
          chosen?.[1].wished.add(compartment)
        }
      }
    },
    due() {
      return [...entries]
        .filter(([, entry]) => isDue(entry))
        .map(([node, entry]) => {
          const appointment = { node, compartments: entry.wished }
          entry.wished = new Set()
          entry.isUnderWay = true
          return appointment
        })
    },
    isUnderWay: (node) => entries.get(node)?.isUnderWay ?? false,
    ended(node, end) {
      const entry = entries.get(node)
      if (entry === undefined) return
      entry.isUnderWay = false
      entry.vain = end === 'nothing' ? entry.vain + 1 : 0
      if (end !== 'equal') for (const compartment of compartments) entry.wished.add(compartment)
      // Half of the wait is left to chance, so that those whom one event woke do not come back together for ever.
      const wait = Math.min(REST_MS * 2 ** Math.max(0, entry.vain - 1), MAX_REST_MS)
      entry.notBefore = clock() + (end === 'nothing' ? wait * (0.5 + random() / 2) : REST_MS)
    },
    get nextAt() {
      const waiting = [...entries.values()].filter(({ isUnderWay, wished }) => !isUnderWay && wished.size > 0)
      return Math.min(...waiting.map(({ notBefore }) => notBefore))
    },
  }
}

const PEERS_PER_ROUND = 2
/** Between two visits to one peer: whoever provokes wishes has this node do no more than that. */
const REST_MS = 500
const MAX_REST_MS = 60_000

interface Entry {
  readonly connectedAt: number
  wished: Set<Compartment>
  isUnderWay: boolean
  notBefore: number
  /** Visits in a row that brought nothing though sets differ. */
  vain: number
}
