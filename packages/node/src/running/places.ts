import { codeOf, toHex } from '@intelmesh/protocol'
import type { Network } from '../network/index.ts'
import type { Logger } from '../observe/index.ts'
import type { Hex } from '../store/index.ts'
import type { Core } from './core.ts'
import { shuffled } from './dialler.ts'

export interface PlaceComponents {
  readonly core: Pick<Core, 'trust' | 'own' | 'options'>
  readonly network: Pick<Network, 'peers' | 'relays' | 'dial' | 'takePlace'>
  readonly logger: Logger
  /** Tells the cluster where this node is reached now. */
  readonly announce: () => Promise<void>
}

/** Either of them may fail, and neither sees all who talk with this node. */
const WANTED = 2
/** A contact has room for eight. */
const ADDRESSES_EACH = 3
const ROUND_MS = 1_000
const ATTEMPT_MS = 10_000
const BACKOFF_MS = 30_000

/**
 * Gives a node that nobody can dial places at two relays, of different organisations where there are such, and says in
 * its contact that it is reached there. A node that listens or announces addresses of its own needs none.
 */
export function keepPlaces({ core, network, logger, announce }: PlaceComponents): AsyncDisposable {
  const { listen, announce: announced } = core.options.config.network
  const notBefore = new Map<Hex, number>()
  const stopping = new AbortController()
  let told = ''
  let turn: Promise<void> | undefined
  const timer = listen.length + announced.length === 0 ? setInterval(startRound, ROUND_MS) : undefined

  function startRound(): void {
    turn ??= round()
      .catch((error: unknown) => logger.warn('the places at relays could not be told', { error }))
      .finally(() => (turn = undefined))
  }

  async function round(): Promise<void> {
    const [relay] = network.relays.length < WANTED ? candidates() : []
    if (relay !== undefined) await take(...relay)
    const held = [...network.relays].sort().join()
    if (held === told) return
    await announce()
    told = held
  }

  /** Relays to try, those of organisations that hold none of this node's places first. */
  function candidates(): [Hex, readonly string[]][] {
    const held = new Set(network.relays)
    const organisations = new Set([...held].map(organisationOf))
    const free = shuffled([...core.trust.relays()]).filter(
      ([node, addresses]) =>
        node !== core.own().keyId &&
        !held.has(node) &&
        addresses.length > 0 &&
        (notBefore.get(node) ?? 0) <= performance.now(),
    )
    const isNew = ([node]: (typeof free)[number]): boolean => !organisations.has(organisationOf(node))
    return [...free.filter(isNew), ...free.filter((each) => !isNew(each))]
  }

  const organisationOf = (node: Hex): Hex => {
    const [known] = core.trust.roster.ofKey(node)
    return known === undefined ? '' : toHex(known.certificate.claims.mesh.organisation)
  }

  async function take(relay: Hex, addresses: readonly string[]): Promise<void> {
    const signal = AbortSignal.any([stopping.signal, AbortSignal.timeout(ATTEMPT_MS)])
    try {
      if (!network.peers().some(({ node }) => node === relay)) await dialAny(addresses, signal)
      await network.takePlace(relay, addresses.slice(0, ADDRESSES_EACH), signal)
      logger.info('others reach this node through a relay', { relay })
    } catch (error) {
      notBefore.set(relay, performance.now() + BACKOFF_MS)
      logger.debug('no place at a relay', { relay, code: codeOf(error) })
    }
  }

  async function dialAny(addresses: readonly string[], signal: AbortSignal): Promise<void> {
    await Promise.any(addresses.slice(0, ADDRESSES_EACH).map((address) => network.dial(address, signal)))
  }

  return {
    async [Symbol.asyncDispose]() {
      clearInterval(timer)
      stopping.abort()
      await turn
    },
  }
}
