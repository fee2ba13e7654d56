import { codeOf } from '@intelmesh/protocol'
import type { Network } from '../network/index.ts'
import type { Logger } from '../observe/index.ts'
import type { Hex } from '../store/index.ts'
import type { Core } from './core.ts'

export interface DiallerComponents {
  readonly core: Core
  readonly network: Network
  readonly logger: Logger
}

/** A node keeps this many members connected by its own doing: enough that gossip survives the loss of any few. */
const TARGET_PEERS = 12
/**
 * So often a node with enough members dials one more that it is not connected to. Halves of a cluster that were cut apart for long have found enough
 * members each on its own side: nobody would look for the others again.
 */
const EXPLORE_MS = 60_000
/** Beyond what it keeps, it lets go of one that it dialled at least so long ago: whom a node talks to is mixed, slowly. */
const LET_GO_MS = 10 * 60_000
const ROUND_MS = 1_000
const DIAL_TIMEOUT_MS = 10_000
const FIRST_BACKOFF_MS = 1_000
const MAX_BACKOFF_MS = 60_000

interface Attempt {
  failures: number
  /** ms of the monotonic clock before which the node is not dialled again. */
  notBefore: number
}

export interface Dialler extends AsyncDisposable {
  /** What members last said of this node's own membership when they refused it, by node key id. */
  readonly refusals: ReadonlyMap<Hex, string>
}

/** Dials members out of the register of nodes until enough are connected, and tries again when connections are lost. */
export function createDialler({ core, network, logger }: DiallerComponents): Dialler {
  const attempts = new Map<Hex, Attempt>()
  const refusals = new Map<Hex, string>()
  const dialling = new Map<Hex, Promise<void>>()
  const stopping = new AbortController()
  let exploresAt = performance.now() + EXPLORE_MS
  const timer = setInterval(round, ROUND_MS)
  round()

  function round(): void {
    const connected = new Set(network.peers().map(({ node }) => node))
    let wanted = TARGET_PEERS - connected.size - dialling.size
    if (wanted <= 0 && performance.now() >= exploresAt) {
      // At another moment than all others, however they were started.
      exploresAt = performance.now() + EXPLORE_MS * (0.5 + Math.random())
      letGo()
      wanted = 1
    }
    for (const [node, addresses] of shuffled([...new Map([...core.bootstrap, ...core.trust.contacts()])])) {
      if (wanted <= 0) return
      if (node === core.own().keyId || connected.has(node) || dialling.has(node) || addresses.length === 0)
        continue
      if ((attempts.get(node)?.notBefore ?? 0) > performance.now()) continue
      wanted -= 1
      dialling.set(
        node,
        dial(node, addresses).finally(() => dialling.delete(node)),
      )
    }
  }

  /** One of the members that this node dialled, and has had for long, where there are more of these than it keeps. */
  function letGo(): void {
    const dialled = network.peers().filter(({ direction }) => direction === 'outbound')
    const since = core.clock() - LET_GO_MS
    const old = dialled.filter(
      ({ node, connectedAt }) => connectedAt < since && !network.relays.includes(node),
    )
    const [chosen] = dialled.length > TARGET_PEERS ? shuffled(old) : []
    if (chosen === undefined) return
    logger.debug('member let go for another', { node: chosen.node })
    network
      .disconnect(chosen.node, 'PEER_LET_GO')
      .catch((error: unknown) => logger.warn('a member could not be let go', { error }))
  }

  async function dial(node: Hex, addresses: readonly string[]): Promise<void> {
    for (const address of addresses) {
      try {
        const signal = AbortSignal.any([stopping.signal, AbortSignal.timeout(DIAL_TIMEOUT_MS)])
        await network.dial(address, signal)
        attempts.delete(node)
        refusals.delete(node)
        return
      } catch (error) {
        const code = codeOf(error) ?? 'DIAL_FAILED'
        if (!OWN_FAULTS.has(code)) logger.debug('dial failed', { node, code })
        else if (refusals.get(node) !== code) {
          refusals.set(node, code)
          logger.warn('a member refused this node', { node, code })
        }
      }
    }
    const failures = (attempts.get(node)?.failures ?? 0) + 1
    attempts.set(node, {
      failures,
      notBefore: performance.now() + Math.min(MAX_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** (failures - 1)),
    })
  }

  return {
    refusals,
    async [Symbol.asyncDispose]() {
      clearInterval(timer)
      stopping.abort()
      await Promise.allSettled(dialling.values())
    },
  }
}

/** Refusals that say something about this node's own membership. */
const OWN_FAULTS: ReadonlySet<string> = new Set([
  'CERT_REVOKED',
  'CERT_SUSPENDED',
  'CERT_EXPIRED',
  'CERT_CLUSTER_MISMATCH',
  'STATUS_STALE',
  'VERSION_MISMATCH',
])

/** In random order, in place. */
export function shuffled<T>(items: T[]): T[] {
  for (let i = items.length - 1; i > 0; i--) {
    const j = Math.floor(Math.random() * (i + 1))
    ;[items[i], items[j]] = [items[j] as T, items[i] as T]
  }
  return items
}
