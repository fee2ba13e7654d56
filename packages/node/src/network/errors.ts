import { MeshError } from '@intelmesh/protocol'

export type NetworkErrorCode =
  /** The listen addresses cannot be used, or the key is none. */
  | 'LISTEN_FAILED'
  /** No connection came about, for a reason that is not a refusal. */
  | 'DIAL_FAILED'
  /** The peer is no member that this node knows of, or this node none that the peer knows of. */
  | 'NOT_ADMITTED'
  /** The peer misbehaved and is kept out for some minutes. */
  | 'PEER_BANNED'
  | 'PEER_NOT_CONNECTED'
  /** The exchange of memberships broke off, was malformed or took too long. */
  | 'HANDSHAKE_FAILED'
  /** A relay is full, gives no more circuits, or its member does not answer. */
  | 'RELAY_REFUSED'
  | 'STREAM_CLOSED'
  | 'STREAM_TIMEOUT'
  | 'FRAME_TOO_LARGE'
  | 'FRAME_MALFORMED'
  | 'NETWORK_CLOSED'
  /** The installed gossipsub is not the one that this code guards. */
  | 'GOSSIPSUB_UNEXPECTED'

/** Besides its own codes: the codes by which trust refuses a peer, such as `CERT_EXPIRED`, as told by either side. */
export type RefusalCode = string & {}

/** A peer, a connection or a stream is not to be had. */
export class NetworkError extends MeshError<NetworkErrorCode | RefusalCode> {
  override name = 'NetworkError'
}
