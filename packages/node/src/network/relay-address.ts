import { CODE_P2P, CODE_P2P_CIRCUIT, type Multiaddr, multiaddr } from '@multiformats/multiaddr'
import { NetworkError } from './errors.ts'

/** Whether an address leads through a relay. */
export function isRelayed(address: Multiaddr): boolean {
  return address.getComponents().some(({ code }) => code === CODE_P2P_CIRCUIT)
}

/** The address at which a relay connects others with `target`, a libp2p peer id. */
export function throughRelay(relay: Multiaddr, target: string): Multiaddr {
  return relay.encapsulate(`/p2p-circuit/p2p/${target}`)
}

/** The libp2p peer id at the far end of an address, where it names one. */
function peerIdOf(address: Multiaddr): string | undefined {
  return address.getComponents().findLast(({ code }) => code === CODE_P2P)?.value
}

/** Splits an address through one relay. @throws NetworkError DIAL_FAILED */
export function splitRelayed(address: Multiaddr): { readonly relay: Multiaddr; readonly target: string } {
  const components = address.getComponents()
  const at = components.findIndex(({ code }) => code === CODE_P2P_CIRCUIT)
  const [relay, ...rest] = [multiaddr(components.slice(0, at)), ...components.slice(at + 1)]
  const [end] = rest
  if (
    at < 0 ||
    rest.length !== 1 ||
    end?.code !== CODE_P2P ||
    end.value === undefined ||
    peerIdOf(relay) === undefined
  )
    throw new NetworkError(
      'DIAL_FAILED',
      `expected /…/p2p/RELAY/p2p-circuit/p2p/PEER, got ${address.toString()}`,
    )
  return { relay, target: end.value }
}
