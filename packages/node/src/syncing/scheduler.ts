import { codeOf, SYNC_SETS, type SyncSet } from '@intelmesh/protocol'
import type { FrameChannel, Network, PeerIdentity } from '../network/index.ts'
import type { Metrics } from '../observe/index.ts'
import { initiate, type SessionOutcome } from './initiate.ts'
import { respond } from './respond.ts'
import { compartmentOfSet, type SyncComponents } from './session.ts'

export interface SchedulerComponents extends SyncComponents {
  readonly network: () => Network
  readonly metrics: Metrics
  /** Evenly distributed, 0 to 1. */
  readonly random: () => number
  /** Data topics may be joined from now on. */
  readonly onReady: () => void
}

export interface SchedulerOptions {
  /** Time between two rounds of anti-entropy, in ms. */
  readonly intervalMs: number
  /** How long a node waits for a second peer that agrees on control, when its status is fresh; in ms. */
  readonly controlWaitMs: number
}

/** Drives reconciliation: on connect, and in rounds with two random peers. Control comes first. */
export interface Scheduler extends AsyncDisposable {
  /** Whether control has been agreed on, so that data may flow. */
  readonly isReady: boolean
  /** Whether every set was equal to the peer's at the end of the last round with each of the peers connected now. */
  readonly isInSync: boolean
  connected(peer: PeerIdentity): void
  disconnected(node: string): void
  /** Serves a session that a peer opened. */
  serve(channel: FrameChannel): Promise<void>
  /** Something was met that a peer knows more about: reconcile with it soon. */
  nudge(node: string): void
}

const CONTROL: readonly SyncSet[] = ['control', 'register']
const DATA: readonly SyncSet[] = SYNC_SETS.filter((set) => !CONTROL.includes(set))
/** Peers that must agree on control before data flows, if there are as many. */
const AGREEING = 2
/** A set is compared again in the same visit while it changes, so often at most. */
const MAX_REPEATS = 3
const PEERS_PER_ROUND = 2
/** Visits that are repeated before their round, and how long the first waits; each further one waits twice as long. */
const MAX_RETRIES = 6
const FIRST_RETRY_MS = 500

export function createScheduler(components: SchedulerComponents, options: SchedulerOptions): Scheduler {
  const { network, metrics } = components
  const agreed = new Set<string>()
  const settled = new Map<string, boolean>()
  const visits = new Map<string, Promise<void>>()
  const again = new Set<string>()
  const retries = new Map<string, number>()
  const timers = new Set<NodeJS.Timeout>()
  const stopping = new AbortController()
  const startedAt = performance.now()
  let isReady = false
  const timer = setInterval(() => round(), options.intervalMs)
  const wait = setTimeout(() => checkReady(), options.controlWaitMs)

  function round(): void {
    const nodes = network()
      .peers()
      .map(({ node }) => node)
    for (let i = 0; i < PEERS_PER_ROUND && nodes.length > 0; i++) {
      const [node] = nodes.splice(Math.floor(components.random() * nodes.length), 1)
      if (node !== undefined) nudge(node)
    }
  }

  /** One visit to a peer at a time; a wish that comes meanwhile is granted afterwards. */
  function nudge(node: string): void {
    if (stopping.signal.aborted) return
    if (visits.has(node)) {
      again.add(node)
      return
    }
    const visit = visitPeer(node).finally(() => {
      visits.delete(node)
      if (again.delete(node)) nudge(node)
      else visitSoon(node)
    })
    visits.set(node, visit)
  }

  /** A visit that ended unequal is repeated soon, less and less eagerly: a round may be a minute away. */
  function visitSoon(node: string): void {
    const isConnected = network()
      .peers()
      .some((peer) => peer.node === node)
    if (settled.get(node) === true || !isConnected || stopping.signal.aborted) {
      retries.delete(node)
      return
    }
    const retry = (retries.get(node) ?? 0) + 1
    if (retry > MAX_RETRIES) return
    retries.set(node, retry)
    const timer = setTimeout(
      () => {
        timers.delete(timer)
        nudge(node)
      },
      FIRST_RETRY_MS * 2 ** (retry - 1),
    )
    timers.add(timer)
  }

  async function visitPeer(node: string): Promise<void> {
    try {
      const isAgreed = await reconcileAll(node, CONTROL)
      if (isAgreed) agreed.add(node)
      else agreed.delete(node)
      checkReady()
      const isEqual = isReady && (await reconcileAll(node, DATA))
      settled.set(node, isAgreed && isEqual)
    } catch (error) {
      settled.set(node, false)
      metrics.syncSession('failed', { sent: 0, received: 0 })
      noteBreach(node, error)
    }
  }

  /** Compares each set until both sides agree. Sets that the peer does not share are passed over. */
  async function reconcileAll(node: string, sets: readonly SyncSet[]): Promise<boolean> {
    let isEqual = true
    for (const set of sets) {
      if (!components.maySee(node, compartmentOfSet(set))) continue
      let outcome = await reconcile(node, set)
      for (let i = 0; i < MAX_REPEATS && !outcome.wasEqual && outcome.received + outcome.sent > 0; i++)
        outcome = await reconcile(node, set)
      if (outcome.refused !== undefined && outcome.refused !== 'NOT_ENTITLED') isEqual = false
      if (outcome.refused === undefined && !outcome.wasEqual) isEqual = false
    }
    return isEqual
  }

  async function reconcile(node: string, set: SyncSet): Promise<SessionOutcome> {
    await using channel = await network().openSync(node, stopping.signal)
    const outcome = await initiate(components, channel, set)
    metrics.syncSession(
      outcome.refused !== undefined ? 'failed' : outcome.wasEqual ? 'equal' : 'mended',
      channel.bytes,
    )
    return outcome
  }

  function checkReady(): void {
    if (isReady) return
    const known = network().peers().length
    const enough = agreed.size >= Math.min(AGREEING, known) && agreed.size > 0
    const waited = performance.now() - startedAt >= options.controlWaitMs && components.trust.isFresh()
    if (!enough && !waited) return
    isReady = true
    components.onReady()
    for (const { node } of network().peers()) nudge(node)
  }

  return {
    get isReady() {
      return isReady
    },
    get isInSync() {
      const nodes = network()
        .peers()
        .map(({ node }) => node)
      return isReady && nodes.length > 0 && nodes.every((node) => settled.get(node) === true)
    },
    connected: ({ node }) => nudge(node),
    disconnected(node) {
      agreed.delete(node)
      settled.delete(node)
    },
    nudge,
    async serve(channel) {
      try {
        await respond({ ...components, isReady: () => isReady }, channel)
      } catch (error) {
        noteBreach(channel.peer.node, error)
      }
    },
    async [Symbol.asyncDispose]() {
      stopping.abort()
      clearInterval(timer)
      clearTimeout(wait)
      for (const timer of timers) clearTimeout(timer)
      await Promise.allSettled(visits.values())
    },
  }

  /** Some errors show that the peer broke the protocol, rather than that the connection broke. */
  function noteBreach(node: string, error: unknown): void {
    const code = codeOf(error)
    if (code !== undefined && BREACHES.has(code)) components.onBreach(node, code)
  }
}

const BREACHES: ReadonlySet<string> = new Set([
  'SYNC_TREE_MISMATCH',
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
