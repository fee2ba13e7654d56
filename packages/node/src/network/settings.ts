import { MEMBERSHIP_TIMEOUT_MS } from '@intelmesh/protocol'

/** Bounds of the network, in ms and bytes. Each is an argument, so that tests need not wait. */
export interface NetworkSettings {
  /** From the first byte to a connection: Noise, membership and muxer together. */
  readonly handshakeMs: number
  /** Inbound connections whose peer has not proven its membership, in all and from one host. */
  readonly maxUnproven: number
  readonly maxUnprovenPerHost: number
  /** Bytes that a host may send before it has proven its membership. */
  readonly maxUnprovenBytes: number
  readonly maxConnections: number
  /** Inbound connections per second from one host. */
  readonly maxConnectionRate: number
  readonly dialMs: number
  /** A connection on which nothing came for so long is ended; yamux asks for a sign of life four times as often. */
  readonly silentMs: number
  /** Two connections of a pair of peers that open within this time are taken for dials that crossed. */
  readonly crossingMs: number
  /** How long a peer whose score fell below the graylist is kept out. */
  readonly banMs: number
  /** Heartbeats of gossipsub without a stream to a connected peer before it is cut off. */
  readonly maxSilentHeartbeats: number
  readonly heartbeatMs: number
  /** Bytes that may wait for one peer in gossip; no message is sent to it beyond them. */
  readonly maxGossipBacklog: number
  /** What a peer may send of messages that nobody here wants: a rate, and what it may send at once. Beyond, it is not read. */
  readonly wasteBytesPerSecond: number
  readonly wasteBurstBytes: number
  /** How long the next frame of a peer is waited for, while it works on it, or on what came before. */
  readonly answerMs: number
  /** A frame, sent or received, takes no longer than this and its bytes at `minFrameRate`. */
  readonly frameMs: number
  /** Bytes per second. */
  readonly minFrameRate: number
  /** A session older than `sessionGraceMs` that moved fewer bytes per second, both ways, ends. */
  readonly sessionGraceMs: number
  readonly minSessionRate: number
  /** A session takes no longer: while it lasts, what was erased stays in the files, since it shows a set as it was. */
  readonly maxSessionMs: number
  /** Sync streams that one peer may have open towards this node. */
  readonly maxInboundSessions: number
  /** Members that have a place at this relay, at most. */
  readonly maxPlaces: number
  /** Circuits through a relay that one member has, whoever asked for them. */
  readonly maxCircuits: number
  /** What one member may send through this relay, over all its circuits: a rate, and what it may send at once after a rest. */
  readonly relayBytesPerSecond: number
  readonly relayBurstBytes: number
}

/** What a node uses. */
export const DEFAULT_NETWORK: NetworkSettings = {
  // docs/spec/channel.md, "Limits".
  handshakeMs: MEMBERSHIP_TIMEOUT_MS,
  // A flood of strangers holds 128 sockets of 32 KiB at most; one host cannot take all the places, yet a cluster that
  // starts on one host can.
  maxUnproven: 128,
  maxUnprovenPerHost: 32,
  maxUnprovenBytes: 32 * 1024,
  // A full mesh of a sector's nodes; a peer in it costs some 3 MB.
  maxConnections: 300,
  // libp2p's 5 keep the members behind one NAT, and a cluster on one host, from meeting. A stranger costs some 10 ms of
  // Noise each time.
  maxConnectionRate: 25,
  dialMs: 10_000,
  // A node that has a busy minute is not cut off. Below the time for which gossip knows what it has seen.
  silentMs: 90_000,
  crossingMs: 10_000,
  // Long enough to make an attack slow, short enough that a node repaired by its operator is soon back.
  banMs: 15 * 60_000,
  maxSilentHeartbeats: 10,
  heartbeatMs: 1_000,
  // Sixteen batches of the largest size, per peer.
  maxGossipBacklog: 16 * 1024 * 1024,
  // An honest peer sends what others pass on too: some batches of an author whom this node is about to hear of.
  wasteBytesPerSecond: 256 * 1024,
  wasteBurstBytes: 1024 * 1024,
  // Whoever is given up while it works has worked for nothing, and is asked for the same again: where many are busy, none would ever be done.
  answerMs: 120_000,
  frameMs: 30_000,
  // The slowest link that is worth a session: a largest frame takes a minute and a half on it.
  minFrameRate: 16 * 1024,
  sessionGraceMs: 60_000,
  // One small message a second: below it, somebody holds a session open.
  minSessionRate: 64,
  // What is left is found by the next one. A slow link moves 30 MB in it.
  maxSessionMs: 30 * 60_000,
  maxInboundSessions: 4,
  // A place costs an idle stream. A few relays serve a cluster in which half the members cannot be reached.
  maxPlaces: 256,
  // Members that can be reached are reached directly; these are for the others. A connection has 32 streams in all.
  maxCircuits: 16,
  // A day's records of a busy sector in a minute, and yet an hour of a greedy member costs no more than 2 GB.
  relayBytesPerSecond: 512 * 1024,
  relayBurstBytes: 32 * 1024 * 1024,
}
