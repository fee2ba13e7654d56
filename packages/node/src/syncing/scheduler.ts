import { setTimeout } from 'node:timers/promises'
import { codeOf, SYNC_SETS, type SyncSet } from '@intelmesh/protocol'
import type { FrameChannel, Network, PeerIdentity } from '../network/index.ts'
import type { Metrics } from '../observe/index.ts'
import { respond } from './respond.ts'
import { type Appointment, createAgenda } from './scheduling/agenda.ts'
import { createBudgets, DEFAULT_BUDGETS } from './scheduling/budgets.ts'
import type { Skip } from './scheduling/skips.ts'
import { createSlots } from './scheduling/slots.ts'
import { createStandings, type SetStanding } from './scheduling/standings.ts'
import { createWithheld } from './scheduling/withheld.ts'
import { COMPARTMENTS, noting, visit, visitControl, type VisitComponents } from './scheduling/visit.ts'
import { compartmentOfSet, type SyncComponents } from './session.ts'

export interface SchedulerComponents extends SyncComponents {
  readonly network: () => Network
  readonly metrics: Metrics
  /** Evenly distributed, 0 to 1. */
  readonly random: () => number
  /** ms since the Unix epoch. */
  readonly clock: () => number
  /** Data topics may be joined from now on. */
  readonly onReady: () => void
}

export interface SchedulerOptions {
  /** Time between two rounds of anti-entropy, in ms. */
  readonly intervalMs: number
  /** How long a node waits for a second peer that agrees on control, when its status is fresh; in ms. */
  readonly controlWaitMs: number
}

/** Drives reconciliation: on connect, and in rounds with random peers. Control comes first. */
export interface Scheduler extends AsyncDisposable {
  /** Whether control has been agreed on, so that data may flow. */
  readonly isReady: boolean
  /** Whether every set was equal to that of each of the peers connected now when it was last compared. */
  readonly isInSync: boolean
  /** How each set stands to that of each peer that is connected now. */
  standings(): readonly SetStanding[]
  /** What sessions brought lately and was not taken: the latest first. */
  skips(): readonly Skip[]
  connected(peer: PeerIdentity): void
  disconnected(node: string): void
  /** Serves a session that a peer opened. */
  serve(channel: FrameChannel): Promise<void>
  /** Something was met that a peer knows more about: reconcile with it soon. */
  nudge(node: string): void
}

/** Peers that must agree on control before data flows, if there are as many. */
const AGREEING = 2
/** How often it is looked who is connected and who is due. What is told meanwhile only makes it look sooner. */
const LOOK_MS = 500
/** Visits that fetch data at one time: what several peers have is fetched from the first, and others find nothing missing. */
const FETCHING = 1
/** Another visit begins beside one that brings fewer than 64 new records a minute, and beside any after four minutes: nobody keeps the others out. */
const FETCHING_LEASE = { windowMs: 60_000, least: 64, windows: 4 } as const

/** @see docs/spec/reconciliation.md, "Session" */
export function createScheduler(components: SchedulerComponents, options: SchedulerOptions): Scheduler {
  const { network, metrics, random, maySee } = components
  const agenda = createAgenda({ clock: () => performance.now(), random, compartments: COMPARTMENTS })
  const standings = createStandings(components.clock)
  const agreed = new Set<string>()
  const visits = new Set<Promise<unknown>>()
  /** Peers that know more of control, while a visit to them fetches data. */
  const pressing = new Set<string>()
  const pressed = new Set<string>()
  const stopping = new AbortController()
  const pause = (ms: number): Promise<void> =>
    setTimeout(ms, undefined, { ref: false, signal: stopping.signal }).catch(() => undefined)
  const budgets = createBudgets(() => performance.now(), pause, DEFAULT_BUDGETS)
  const startedAt = performance.now()
  let isReady = false
  const visiting: VisitComponents = {
    ...components,
    standings,
    withheld: createWithheld(),
    slots: createSlots(FETCHING, FETCHING_LEASE),
    open: (node, signal) => network().openSync(node, signal),
    isReady: () => isReady,
    onControl(node, isEqual) {
      if (isEqual) agreed.add(node)
      else agreed.delete(node)
      checkReady()
    },
  }
  const looking = setInterval(look, Math.min(LOOK_MS, options.intervalMs))
  const rounds = setInterval(() => {
    agenda.round(maySee)
    look()
  }, options.intervalMs)

  /**
   * Takes up whatever is due. A peer that came back so soon that nobody noticed it go has another connection, which is seen here:
   * what was agreed on with it before counts no longer.
   */
  function look(): void {
    if (stopping.signal.aborted) return
    const peers = network().peers()
    agenda.follow(peers)
    standings.follow(peers, (node) => SYNC_SETS.filter((set) => maySee(node, compartmentOfSet(set))))
    const connected = new Set(peers.map(({ node }) => node))
    for (const node of agreed) if (!connected.has(node)) agreed.delete(node)
    checkReady()
    for (const appointment of agenda.due()) track(keep(appointment))
    for (const node of pressing) if (!pressed.has(node)) track(press(node))
  }

  function track(visit: Promise<void>): void {
    const tracked = visit.finally(() => visits.delete(tracked))
    visits.add(tracked)
  }

  /** Control waits for no data: a session that fetches for minutes would hold up a revocation. */
  async function press(node: string): Promise<void> {
    pressing.delete(node)
    if (!agenda.isUnderWay(node)) return
    pressed.add(node)
    await visitControl(visiting, node, stopping.signal).catch((error: unknown) => noteBreach(node, error))
    pressed.delete(node)
  }

  async function keep(appointment: Appointment): Promise<void> {
    const { node } = appointment
    try {
      agenda.ended(node, await visit(visiting, appointment, stopping.signal))
    } catch (error) {
      if (!stopping.signal.aborted) metrics.syncSession('failed', { sent: 0, received: 0 })
      standings.failed(node, codeOf(error) ?? 'INTERNAL')
      noteBreach(node, error)
      agenda.ended(node, 'nothing')
    }
  }

  function checkReady(): void {
    if (isReady) return
    const known = network().peers().length
    const enough = agreed.size >= Math.min(AGREEING, known) && agreed.size > 0
    const waited = performance.now() - startedAt >= options.controlWaitMs && components.trust.isFresh()
    if (!enough && !waited) return
    isReady = true
    components.onReady()
    for (const { node } of network().peers()) agenda.wish(node)
  }

  /** Some errors show that the peer broke the protocol, rather than that the connection broke. */
  function noteBreach(node: string, error: unknown): void {
    const code = codeOf(error)
    if (code !== undefined && BREACHES.has(code)) components.onBreach(node, code)
  }

  return {
    get isReady() {
      return isReady
    },
    get isInSync() {
      return isReady && network().peers().length > 0 && standings.isSettled
    },
    standings: () => standings.all(),
    skips: () => standings.skips(),
    connected: () => look(),
    disconnected: () => look(),
    nudge(node) {
      agenda.wish(node)
      if (agenda.isUnderWay(node)) pressing.add(node)
      if (agenda.nextAt <= performance.now()) look()
    },
    async serve(channel) {
      await using charged = budgets.charged(channel)
      const serving = {
        ...components,
        isReady: () => isReady,
        refuse: () => charged.takePlace(),
        onLacking: (node: string, set: SyncSet) => agenda.wish(node, [compartmentOfSet(set)]),
        onTaken: noting(visiting, channel.peer.node),
      }
      try {
        await respond(serving, charged)
      } catch (error) {
        noteBreach(channel.peer.node, error)
      }
    },
    async [Symbol.asyncDispose]() {
      stopping.abort()
      clearInterval(looking)
      clearInterval(rounds)
      await Promise.allSettled(visits)
    },
  }
}

const BREACHES: ReadonlySet<string> = new Set([
  'SYNC_TREE_MISMATCH',
  'SYNC_CELLS_MISMATCH',
  'SYNC_MALFORMED',
  'FRAME_MALFORMED',
  'FRAME_TOO_LARGE',
  'CBOR_MALFORMED',
  'CBOR_NOT_CANONICAL',
  'CBOR_LIMIT',
  'CBOR_UNSUPPORTED',
  'STRUCT_MALFORMED',
  'CONTROL_MALFORMED',
])
