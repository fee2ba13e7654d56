import type { Connection, Libp2p, Stream } from '@libp2p/interface'
import { multiaddr } from '@multiformats/multiaddr'
import { NetworkError } from './errors.ts'
import type { Peers } from './peers.ts'
import { isRelayed, throughRelay } from './relay-address.ts'
import {
  readAnswer,
  readPeer,
  RELAY_PROTOCOL,
  RELAYED_PROTOCOL,
  writeAnswer,
  writePeer,
} from './relay-messages.ts'
import type { RelayTransport } from './relay-transport.ts'
import type { NetworkSettings } from './settings.ts'

/** The places that this node holds at relays, so that others reach it. */
export interface RelayPlaces {
  /** Node key ids of the relays. */
  readonly relays: readonly string[]
  /** Multiaddrs at which this node is reached through them. */
  readonly addresses: readonly string[]
  /**
   * Takes a place at a connected relay, of which the register knows `addresses`. It lasts as long as the connection.
   *
   * @throws NetworkError PEER_NOT_CONNECTED, RELAY_REFUSED, STREAM_CLOSED
   */
  take(relay: string, addresses: readonly string[], signal: AbortSignal): Promise<void>
}

export interface PlaceComponents {
  readonly libp2p: Libp2p
  readonly peers: Pick<Peers, 'get' | 'find'>
  readonly relays: Pick<RelayTransport, 'accept'>
}

export async function startRelayPlaces(
  { libp2p, peers, relays }: PlaceComponents,
  settings: Pick<NetworkSettings, 'handshakeMs' | 'maxCircuits'>,
): Promise<RelayPlaces> {
  const places = new Map<string, { readonly stream: Stream; readonly addresses: readonly string[] }>()

  /** A relay says that somebody calls. Nobody else gets to make connections to this node that way. */
  async function answer(stream: Stream, connection: Connection): Promise<void> {
    const relay = peers.find(connection.remotePeer.toString())
    if (relay === undefined || !places.has(relay.identity.node))
      throw new NetworkError('NOT_ADMITTED', 'this node has no place at this relay')
    const signal = AbortSignal.timeout(settings.handshakeMs)
    const caller = await readPeer(stream, signal)
    if (caller === undefined) throw new NetworkError('FRAME_MALFORMED', 'expected to hear who calls')
    await writeAnswer(stream, {}, signal)
    await relays.accept(stream, throughRelay(connection.remoteAddr, caller), signal)
  }

  await libp2p.handle(
    RELAYED_PROTOCOL,
    (stream, connection) => void answer(stream, connection).catch((fault: Error) => stream.abort(fault)),
    { maxInboundStreams: settings.maxCircuits },
  )

  async function take(relay: string, addresses: readonly string[], signal: AbortSignal): Promise<void> {
    const peer = peers.get(relay)
    if (peer === undefined) throw new NetworkError('PEER_NOT_CONNECTED', `no connection to node ${relay}`)
    let stream: Stream | undefined
    try {
      stream = await peer.connection.newStream([RELAY_PROTOCOL], { signal })
      await writePeer(stream, undefined, signal)
      await readAnswer(stream, signal)
      if (stream.status !== 'open') throw new NetworkError('STREAM_CLOSED', 'the relay took the place away')
    } catch (cause) {
      stream?.abort(cause as Error)
      if (cause instanceof NetworkError) throw cause
      throw new NetworkError('STREAM_CLOSED', 'the peer is no relay', { cause })
    }
    hold(relay, stream, addresses)
  }

  function hold(relay: string, stream: Stream, addresses: readonly string[]): void {
    stream.addEventListener('close', () => {
      if (places.get(relay)?.stream === stream) places.delete(relay)
    })
    stream.addEventListener('end', () =>
      stream.abort(new NetworkError('STREAM_CLOSED', 'the relay took the place away')),
    )
    const own = libp2p.peerId.toString()
    const direct = addresses.map((address) => multiaddr(address)).filter((address) => !isRelayed(address))
    places.set(relay, { stream, addresses: direct.map((address) => String(throughRelay(address, own))) })
  }

  return {
    get relays() {
      return [...places.keys()]
    },
    get addresses() {
      return [...places.values()].flatMap(({ addresses }) => addresses)
    },
    take,
  }
}
