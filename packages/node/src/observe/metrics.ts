import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client'
import { VERSION } from '../version.ts'

/**
 * What a node counts. Labels are closed sets: codes, names of sets, directions; and members that are connected now, by the first digits of their
 * node key ids. Never names, nor ids or values of intel.
 */
export interface Metrics {
  /** A gossip message was judged. */
  gossipVerdict(action: 'accept' | 'ignore' | 'reject', code: string): void
  /** Admission took a record, or refused it. */
  admission(code: string): void
  /** Records in a set now. */
  records(set: string, count: number): void
  /** Members connected now. */
  peers(count: number): void
  /** A connection was refused, by us or to us. */
  refusedConnection(direction: 'inbound' | 'outbound', code: string): void
  /** A reconciliation session ended. */
  syncSession(
    outcome: 'equal' | 'mended' | 'failed',
    bytes: { readonly sent: number; readonly received: number },
  ): void
  /** Items that reconciliation brought were not taken. */
  syncSkipped(set: string, code: string, count: number): void
  /** How each set stands to those of the members that are connected now. What was said before counts no longer. */
  standings(figures: StandingFigures): void
  /** Records of the own organisation were published or refused. */
  published(outcome: 'published' | 'refused', count: number): void
  /** The newest word of the ACO, and until when it holds. ms since the Unix epoch; ages are worked out when the metrics are read. */
  beacon(times: { readonly at: number; readonly nextUpdate: number }): void
  /** When a certificate expires: the own one or, at an ACO, the operator's. ms since the Unix epoch. */
  certificateExpiresAt(of: 'node' | 'operator', at: number): void
  /** How things stand: whether each of these claims is true now. */
  states(states: Readonly<Record<State, boolean>>): void
  /** What the store takes, and what its disk has left. */
  disk(bytes: { readonly store: number; readonly free: number }): void
  /** So much of the store was read again in the background, and so many records in it were not as they were written. */
  scrubbed(bytes: number, damaged: number): void
  /** A request to the API was answered. */
  apiRequest(method: string, status: number, seconds: number): void
  /** All of it in the text format of Prometheus, with its media type. */
  expose(): Promise<{ readonly text: string; readonly contentType: string }>
}

/** How sets stand to those of the members that are connected now. */
export interface StandingFigures {
  readonly sets: readonly SetFigures[]
  readonly members: readonly MemberFigures[]
}

/** One set, over all members. */
export interface SetFigures {
  readonly set: string
  /** Members whose set was equal, was not, or is not known, when it was last compared. */
  readonly equal: number
  readonly unequal: number
  readonly unknown: number
  /** The longest time since it was last equal to a member's whose set is not equal now; 0 when all are. */
  readonly lagSeconds: number
  /** Of the greatest difference, how many ids one side alone has. */
  readonly divergence: number
}

/** One set of one member. */
export interface MemberFigures {
  /** The node key id. */
  readonly node: string
  readonly set: string
  readonly lagSeconds: number
  /** Absent before it was compared. */
  readonly divergence?: number
}

const STATES = ['in_sync', 'log_consistent', 'upgrade_needed', 'store_sound'] as const
/** Claims about a node that are true or not. */
export type State = (typeof STATES)[number]
type Instant = 'beacon' | 'nextUpdate' | 'node' | 'operator'

/** A register of its own for one node. @param clock ms since the Unix epoch */
export function createMetrics(clock: () => number): Metrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry, prefix: 'intelmesh_' })
  const counter = <Label extends string>(name: string, help: string, labelNames: readonly Label[]) =>
    new Counter({ name: `intelmesh_${name}`, help, labelNames, registers: [registry] })
  const gauge = <Label extends string>(name: string, help: string, labelNames: readonly Label[]) =>
    new Gauge({ name: `intelmesh_${name}`, help, labelNames, registers: [registry] })
  const histogram = <Label extends string>(name: string, help: string, labelNames: readonly Label[]) =>
    new Histogram({
      name: `intelmesh_${name}_seconds`,
      help,
      labelNames,
      registers: [registry],
      buckets: SECONDS,
    })

  const verdicts = counter('gossip_verdicts_total', 'Gossip messages judged', ['action', 'code'])
  const admissions = counter('admissions_total', 'Records judged at admission', ['code'])
  const records = gauge('records', 'Records held', ['set'])
  const peers = gauge('peers', 'Members connected', [])
  const refused = counter('refused_connections_total', 'Connections refused', ['direction', 'code'])
  const sessions = counter('sync_sessions_total', 'Reconciliation sessions', ['outcome'])
  const bytes = counter('sync_bytes_total', 'Bytes of reconciliation', ['direction'])
  const skipped = counter('sync_skipped_total', 'Records of reconciliation that were not taken', [
    'set',
    'code',
  ])
  const compared = gauge('sync_members', 'Members by how a set of theirs stands to the own', ['set', 'state'])
  const lag = gauge('sync_lag_seconds', 'Longest time for which a set has not been equal to a member', [
    'set',
  ])
  const divergence = gauge('sync_divergence', 'Most ids of a set that the node or one member alone has', [
    'set',
  ])
  const memberLag = gauge('sync_member_lag_seconds', 'Time for which a set has not been equal to a member', [
    'member',
    'set',
  ])
  const memberDivergence = gauge(
    'sync_member_divergence',
    'Ids of a set that the node or the member alone has',
    ['member', 'set'],
  )
  const scrubbed = counter('store_scrubbed_bytes_total', 'Bytes of the store that were read again', [])
  const damaged = counter('store_damaged_records_total', 'Records found to be damaged', [])
  const published = counter('published_records_total', 'Own records offered', ['outcome'])
  const requests = histogram('api_request', 'Time of one API request', ['method', 'status'])
  gauge('build_info', 'The version that runs', ['version']).set({ version: VERSION }, 1)
  const known: Partial<Record<State | Instant | 'store_bytes' | 'disk_free_bytes', number>> = {}
  const late = (name: string, help: string, value: () => number | undefined): void =>
    lateGauge(registry, name, help, value)
  late('in_sync', 'Whether the last sessions found nothing that this node lacks', () => known.in_sync)
  late('log_consistent', 'Whether the log of the ACO only grew', () => known.log_consistent)
  late('upgrade_needed', 'Whether peers speak a later version than this one', () => known.upgrade_needed)
  late('store_sound', 'Whether nothing in the store is known to be damaged', () => known.store_sound)
  late('store_bytes', 'Size of the store on disk', () => known.store_bytes)
  late('disk_free_bytes', 'Room that is left on the disk of the store', () => known.disk_free_bytes)
  /** Seconds from now to an instant or, with the sign turned, since it. */
  const seconds = (name: string, help: string, instant: Instant, sign: 1 | -1): void =>
    late(name, help, () => {
      const at = known[instant]
      return at === undefined ? undefined : (sign * (at - clock())) / 1000
    })
  seconds('beacon_age_seconds', 'Age of the newest word of the ACO', 'beacon', -1)
  seconds('beacon_remaining_seconds', 'Time until the newest word of the ACO ends', 'nextUpdate', 1)
  seconds('certificate_remaining_seconds', 'Time until the own certificate expires', 'node', 1)
  seconds('operator_remaining_seconds', "Time until an ACO's operator certificate expires", 'operator', 1)
  return {
    gossipVerdict: (action, code) => verdicts.inc({ action, code: bounded(code) }),
    admission: (code) => admissions.inc({ code: bounded(code) }),
    records: (set, count) => records.set({ set }, count),
    peers: (count) => peers.set(count),
    refusedConnection: (direction, code) => refused.inc({ direction, code: bounded(code) }),
    syncSession(outcome, { sent, received }) {
      sessions.inc({ outcome })
      bytes.inc({ direction: 'sent' }, sent)
      bytes.inc({ direction: 'received' }, received)
    },
    syncSkipped: (set, code, count) => skipped.inc({ set, code: bounded(code) }, count),
    standings({ sets, members }) {
      // Whoever has gone leaves no series behind.
      for (const each of [compared, lag, divergence, memberLag, memberDivergence]) each.reset()
      for (const { set, ...figures } of sets) {
        for (const state of ['equal', 'unequal', 'unknown'] as const)
          compared.set({ set, state }, figures[state])
        lag.set({ set }, figures.lagSeconds)
        divergence.set({ set }, figures.divergence)
      }
      for (const { node, set, ...figures } of members.slice(0, MOST_STANDINGS)) {
        const labels = { member: node.slice(0, MEMBER_DIGITS), set }
        memberLag.set(labels, figures.lagSeconds)
        if (figures.divergence !== undefined) memberDivergence.set(labels, figures.divergence)
      }
    },
    published: (outcome, count) => published.inc({ outcome }, count),
    beacon({ at, nextUpdate }) {
      Object.assign(known, { beacon: at, nextUpdate })
    },
    certificateExpiresAt(of, at) {
      known[of] = at
    },
    states(states) {
      for (const state of STATES) known[state] = states[state] ? 1 : 0
    },
    disk({ store, free }) {
      Object.assign(known, { store_bytes: store, disk_free_bytes: free })
    },
    scrubbed(read, found) {
      scrubbed.inc(read)
      damaged.inc(found)
    },
    apiRequest: (method, status, seconds) => requests.observe({ method, status: String(status) }, seconds),
    expose: async () => ({ text: await registry.metrics(), contentType: registry.contentType }),
  }
}

/** Counts nothing. */
export const NO_METRICS: Metrics = {
  gossipVerdict() {},
  admission() {},
  records() {},
  peers() {},
  refusedConnection() {},
  syncSession() {},
  syncSkipped() {},
  standings() {},
  published() {},
  beacon() {},
  certificateExpiresAt() {},
  states() {},
  disk() {},
  scrubbed() {},
  apiRequest() {},
  expose: () => Promise.resolve({ text: '', contentType: 'text/plain; charset=utf-8' }),
}

/** Sets of members that are told apart: all of some 340 members. Of more the first count, and all of them in the figures over members. */
const MOST_STANDINGS = 2_048
/** As people are shown it. */
const MEMBER_DIGITS = 16
const SECONDS = [0.001, 0.005, 0.02, 0.1, 0.5, 2, 10]

/** A code as a label. What a peer told us may be any text: it must not make a time series of its own. */
function bounded(code: string): string {
  return /^[A-Z][A-Z0-9_]{1,40}$/.test(code) ? code : 'OTHER'
}

/** A gauge that is not there before its value is known: nothing would be a false alarm. */
function lateGauge(registry: Registry, name: string, help: string, valueOf: () => number | undefined): void {
  new Gauge({
    name: `intelmesh_${name}`,
    help,
    registers: [registry],
    collect() {
      const value = valueOf()
      if (value === undefined) this.remove()
      else this.set(value)
    },
  })
}
