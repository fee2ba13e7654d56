import type { Connection, Libp2p, Stream } from '@libp2p/interface'
import { PROTOCOLS } from '@intelmesh/protocol'
import { NetworkError } from './errors.ts'
import { createFrameChannel, type FrameSettings } from './frames.ts'
import type { FrameChannel, NetworkHandlers } from './interface.ts'
import type { Peers } from './peers.ts'
import type { NetworkSettings } from './settings.ts'

/** Reconciliation sessions in both directions. Disposing resets those that run and waits for their handlers. */
export interface SyncSessions extends AsyncDisposable {
  /** @throws NetworkError PEER_NOT_CONNECTED, STREAM_CLOSED when the peer takes no further session */
  open(node: string, signal: AbortSignal): Promise<FrameChannel>
}

export interface SyncComponents {
  readonly libp2p: Libp2p
  readonly peers: Pick<Peers, 'get' | 'find'>
  readonly handlers: Pick<NetworkHandlers, 'onSync'>
}

/** Serves `/intelmesh/sync/2`. A peer has so many sessions at once and no more: libp2p resets the next. */
export async function startSyncSessions(
  { libp2p, peers, handlers }: SyncComponents,
  settings: FrameSettings & Pick<NetworkSettings, 'maxInboundSessions'>,
): Promise<SyncSessions> {
  const streams = new Set<Stream>()
  const served = new Set<Promise<void>>()

  function track(stream: Stream): void {
    streams.add(stream)
    stream.addEventListener('close', () => streams.delete(stream), { once: true })
  }

  async function serve(stream: Stream, connection: Connection): Promise<void> {
    const peer = peers.find(connection.remotePeer.toString())
    if (peer === undefined) {
      stream.abort(new NetworkError('PEER_NOT_CONNECTED', 'no handshake vouches for this connection'))
      return
    }
    track(stream)
    await using channel = createFrameChannel(stream, peer.identity, settings)
    // A session that fails ends; what was wrong with it is the handler's to count.
    await handlers.onSync(channel).catch((error: Error) => stream.abort(error))
  }

  await libp2p.handle(
    PROTOCOLS.sync,
    (stream, connection) => {
      const session = serve(stream, connection).finally(() => served.delete(session))
      served.add(session)
    },
    { maxInboundStreams: settings.maxInboundSessions },
  )

  return {
    async open(node, signal) {
      const peer = peers.get(node)
      if (peer === undefined) throw new NetworkError('PEER_NOT_CONNECTED', `no connection to node ${node}`)
      try {
        const stream = await peer.connection.newStream([PROTOCOLS.sync], { signal })
        track(stream)
        return createFrameChannel(stream, peer.identity, settings)
      } catch (cause) {
        throw new NetworkError('STREAM_CLOSED', 'the peer takes no further session', { cause })
      }
    },
    async [Symbol.asyncDispose]() {
      for (const stream of streams) stream.abort(new NetworkError('NETWORK_CLOSED', 'this node stops'))
      await Promise.all(served)
    },
  }
}
