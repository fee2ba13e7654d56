import type { Compartment, MembershipHello } from '@intelmesh/protocol'

/** A member as its handshake proved it. */
export interface PeerIdentity {
  /** Node key id, 64 hexadecimal digits. */
  readonly node: string
  /** SHA-256 of its certificate, hexadecimal. */
  readonly certificate: string
  /** ms since the Unix epoch: the connection closes then unless a renewed certificate was shown. */
  readonly notAfter: number
}

/** What a handshake ends in: who the peer is, or a code, and whether the peer has shown itself to be a member who may know it. */
export type MembershipVerdict =
  | { readonly admitted: true; readonly peer: PeerIdentity }
  | { readonly admitted: false; readonly code: string; readonly isKnownMember: boolean }

/** How the network asks who may come in. Trust implements it. */
export interface Membership {
  /** The own hello, with the newest beacon. */
  hello(): Promise<MembershipHello>
  /** Judges a peer's hello against the Ed25519 key (32 bytes) that Noise proved. Never throws. */
  judge(hello: Uint8Array, provenKey: Uint8Array): Promise<MembershipVerdict>
  /** Whether a connected peer may have a compartment now. */
  maySee(node: string, compartment: Compartment): boolean
}

/** A verdict on bytes that a peer sent. See docs/spec/gossip.md, "Verdicts". */
export interface GossipVerdict {
  readonly action: 'accept' | 'ignore' | 'reject'
  readonly code: string
}

/** A connected member. */
export interface ConnectedPeer extends PeerIdentity {
  readonly address: string
  readonly direction: 'inbound' | 'outbound'
  readonly connectedAt: number
  readonly score: number
  /** Those that it subscribes to and can be sent: what is published now reaches it. */
  readonly topics: readonly string[]
}

/** A stream between two members, cut into frames. */
export interface FrameChannel extends AsyncDisposable {
  readonly peer: PeerIdentity
  /** Bytes that have gone either way so far, as they were on the stream. */
  readonly bytes: { readonly sent: number; readonly received: number }
  /** Waits until there is room. @throws NetworkError STREAM_CLOSED, FRAME_TOO_LARGE */
  send(frame: Uint8Array): Promise<void>
  /** The next frame, or `undefined` at the end. @throws NetworkError STREAM_CLOSED, STREAM_TIMEOUT, FRAME_TOO_LARGE */
  receive(): Promise<Uint8Array | undefined>
  /** Breaks it off at both ends: disposing of it then waits for nothing. */
  abort(): void
}

/** What the network hands over. */
export interface NetworkHandlers {
  /** Judges an inflated message from a peer (never throws); what is accepted is passed on. */
  onGossip(compartment: Compartment, bytes: Uint8Array, from: PeerIdentity): Promise<GossipVerdict>
  /** Serves a reconciliation session that the peer opened. */
  onSync(channel: FrameChannel): Promise<void>
  /** A connection is up: the first, or one that takes the place of another, with which all that was under way ended. */
  onConnect(peer: PeerIdentity): void
  /** The peer has no connection any more. */
  onDisconnect(node: string): void
  /** A dial or handshake that ended in a refusal, in either direction. */
  onRefused(refusal: {
    readonly address: string
    readonly direction: 'inbound' | 'outbound'
    readonly code: string
    readonly node?: string
  }): void
}

export interface NetworkOptions {
  /** Ed25519 secret key, 32 bytes: the node's libp2p identity. */
  readonly secretKey: Uint8Array
  readonly cluster: string
  /** Multiaddrs to listen on; none for a node that can only dial out. */
  readonly listen: readonly string[]
  /** Multiaddrs to announce instead of those listened on. */
  readonly announce: readonly string[]
  /** Whether this node passes bytes on for members that cannot be reached. */
  readonly relay: boolean
}

/** The mesh as a node sees it. */
export interface Network extends AsyncDisposable {
  /** Own multiaddrs, with the peer id: those listened on or announced, and those through relays. */
  readonly addresses: readonly string[]
  /** Node key ids of the relays at which this node has a place. */
  readonly relays: readonly string[]
  peers(): readonly ConnectedPeer[]
  /** Connects to a multiaddr. @throws NetworkError with the refusal's code, DIAL_FAILED */
  dial(address: string, signal: AbortSignal): Promise<PeerIdentity>
  /**
   * Takes a place at a connected relay, which others reach at `addresses`, so that they reach this node through it. It
   * lasts as long as the connection does.
   *
   * @throws NetworkError PEER_NOT_CONNECTED, RELAY_REFUSED, STREAM_CLOSED
   */
  takePlace(relay: string, addresses: readonly string[], signal: AbortSignal): Promise<void>
  /** Subscribes to a compartment's topic; until then nothing of it is received or forwarded. */
  subscribe(compartment: Compartment): void
  /** Sends to the compartment's topic. `urgent` goes to every peer at once. */
  publish(compartment: Compartment, bytes: Uint8Array, options: { readonly urgent: boolean }): Promise<void>
  /** Opens a reconciliation session. */
  openSync(node: string, signal: AbortSignal): Promise<FrameChannel>
  /** Cuts a peer off and keeps it out until it may come in again. */
  disconnect(node: string, code: string): Promise<void>
  /** Asks anew, for every connected peer and topic, what the peer may see: mesh and subscriptions follow. */
  refreshAccess(): void
  /** A peer sent what is provably invalid outside gossip. */
  penalise(node: string, code: string): void
  /** Says that the peer showed a newer certificate: the connection lives until then. */
  extend(node: string, certificate: string, notAfter: number): void
}
