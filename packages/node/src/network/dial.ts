import type { Libp2p } from '@libp2p/interface'
import { type Multiaddr, multiaddr } from '@multiformats/multiaddr'
import { HANDSHAKE_PROGRESS, type HandshakeProgress } from './channel.ts'
import { NetworkError } from './errors.ts'
import type { PeerIdentity } from './interface.ts'
import type { Peers } from './peers.ts'

/**
 * Connects to a multiaddr, once. When two peers dial each other at the same time, the connection that stays counts.
 *
 * @throws NetworkError with the code of the refusal, DIAL_FAILED
 */
export async function dialPeer(
  { libp2p, peers }: { readonly libp2p: Pick<Libp2p, 'dial'>; readonly peers: Pick<Peers, 'get' | 'find'> },
  address: string,
  signal: AbortSignal,
): Promise<PeerIdentity> {
  let outcome: HandshakeProgress['detail'] | undefined
  const onProgress = (event: { readonly type: string; readonly detail?: unknown }): void => {
    if (event.type === HANDSHAKE_PROGRESS) outcome = event.detail as HandshakeProgress['detail']
  }
  try {
    const { remotePeer } = await libp2p.dial(parse(address), { signal, onProgress })
    const peer = peers.find(remotePeer.toString())
    if (peer !== undefined) return peer.identity
  } catch (cause) {
    if (cause instanceof NetworkError) throw cause
    if (outcome !== undefined && 'refused' in outcome) {
      throw new NetworkError(outcome.refused, `refused at ${address}`, { cause })
    }
    const peer = outcome && peers.get(outcome.node)
    if (peer === undefined)
      throw new NetworkError('DIAL_FAILED', `could not connect to ${address}`, { cause })
    return peer.identity
  }
  throw new NetworkError('DIAL_FAILED', `${address} closed the connection at once`)
}

function parse(address: string): Multiaddr {
  try {
    return multiaddr(address)
  } catch (cause) {
    throw new NetworkError(
      'DIAL_FAILED',
      `expected a multiaddr such as /ip4/192.0.2.1/tcp/4001, got ${address}`,
      { cause },
    )
  }
}
