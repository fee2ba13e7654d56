import type { Connection } from '@libp2p/interface'
import { NetworkError } from './errors.ts'
import type { NetworkHandlers, PeerIdentity } from './interface.ts'
import type { NetworkSettings } from './settings.ts'

/** A member and its one live connection. */
export interface LivePeer {
  readonly identity: PeerIdentity
  readonly connection: Connection
  /** ms since the Unix epoch. */
  readonly connectedAt: number
}

/** Who is connected. A connection that no handshake vouches for is cut. */
export interface Peers extends Disposable {
  /** To be taken before a peer is judged, and given to {@link vouch}: a cut in between then outlives the verdict. */
  epoch(): number
  /** Says who is at the other end of a connection, known by its timeline. */
  vouch(timeline: object, identity: PeerIdentity, epoch: number): void
  isVouched(timeline: object): boolean
  opened(connection: Connection): void
  closed(connection: Connection): void
  get(node: string): LivePeer | undefined
  /** By libp2p peer id. */
  find(peerId: string): LivePeer | undefined
  list(): readonly LivePeer[]
  /** Closes the connection of a peer, and any that is being made with it. */
  cut(node: string, code: string): void
  extend(node: string, certificate: string, notAfter: number): void
}

export interface PeersOptions {
  readonly ownNode: string
  readonly settings: Pick<NetworkSettings, 'crossingMs'>
}

interface Voucher {
  readonly identity: PeerIdentity
  readonly epoch: number
}

/** setTimeout fires at once beyond this many ms. */
const MAX_DELAY_MS = 2 ** 31 - 1

export function createPeers(
  handlers: Pick<NetworkHandlers, 'onConnect' | 'onDisconnect'>,
  options: PeersOptions,
): Peers {
  const vouchers = new WeakMap<object, Voucher>()
  const byNode = new Map<string, LivePeer>()
  const byPeerId = new Map<string, LivePeer>()
  /** Epoch at which each node was cut last. Bounded by the members of the cluster, who alone are ever cut. */
  const cuts = new Map<string, number>()
  let epoch = 0
  let timer: NodeJS.Timeout | undefined

  function opened(connection: Connection): void {
    const voucher = vouchers.get(connection.timeline)
    if (voucher === undefined || (cuts.get(voucher.identity.node) ?? -1) >= voucher.epoch) {
      connection.abort(new NetworkError('NOT_ADMITTED', 'no valid handshake vouches for this connection'))
      return
    }
    const { identity } = voucher
    const candidate: LivePeer = { identity, connection, connectedAt: Date.now() }
    const existing = byNode.get(identity.node)
    if (existing !== undefined && keepsExisting(existing, candidate, options)) {
      connection.abort(new NetworkError('STREAM_CLOSED', 'this peer is connected already'))
      return
    }
    put(candidate)
    existing?.connection.abort(
      new NetworkError('STREAM_CLOSED', 'a newer connection takes the place of this one'),
    )
    handlers.onConnect(identity)
  }

  function closed(connection: Connection): void {
    const peer = byPeerId.get(connection.remotePeer.toString())
    if (peer === undefined || peer.connection.id !== connection.id) return
    byNode.delete(peer.identity.node)
    byPeerId.delete(connection.remotePeer.toString())
    schedule()
    handlers.onDisconnect(peer.identity.node)
  }

  function put(peer: LivePeer): void {
    byNode.set(peer.identity.node, peer)
    byPeerId.set(peer.connection.remotePeer.toString(), peer)
    schedule()
  }

  function cut(node: string, code: string): void {
    cuts.set(node, epoch++)
    byNode.get(node)?.connection.abort(new NetworkError(code, 'this node cut the peer off'))
  }

  function schedule(): void {
    clearTimeout(timer)
    const next = Math.min(...[...byNode.values()].map(({ identity }) => identity.notAfter))
    if (next === Infinity) return
    timer = setTimeout(expire, Math.min(Math.max(next - Date.now(), 0), MAX_DELAY_MS))
    timer.unref()
  }

  function expire(): void {
    const now = Date.now()
    for (const { identity } of byNode.values())
      if (identity.notAfter <= now) cut(identity.node, 'CERT_EXPIRED')
    schedule()
  }

  return {
    epoch: () => epoch,
    vouch: (timeline, identity, at) => vouchers.set(timeline, { identity, epoch: at }),
    isVouched: (timeline) => vouchers.has(timeline),
    opened,
    closed,
    get: (node) => byNode.get(node),
    find: (peerId) => byPeerId.get(peerId),
    list: () => [...byNode.values()],
    cut,
    extend(node, certificate, notAfter) {
      const peer = byNode.get(node)
      if (peer !== undefined) put({ ...peer, identity: { node, certificate, notAfter } })
    },
    [Symbol.dispose]: () => clearTimeout(timer),
  }
}

/**
 * A peer dials only when it knows of no connection, so the newer one wins; a stale one dies unnoticed otherwise. When
 * two peers dial each other at once, both keep the dial of the one with the lower node key id.
 */
function keepsExisting(
  existing: LivePeer,
  candidate: LivePeer,
  { ownNode, settings }: PeersOptions,
): boolean {
  const crossed =
    existing.connection.direction !== candidate.connection.direction &&
    candidate.connectedAt - existing.connectedAt < settings.crossingMs
  if (!crossed) return false
  const lowerIsOwn = ownNode < existing.identity.node
  return (existing.connection.direction === 'outbound') === lowerIsOwn
}
