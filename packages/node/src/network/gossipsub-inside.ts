import type { GossipSub, PublishResult } from '@libp2p/gossipsub'
import type { RPC } from '@libp2p/gossipsub/message'
import type { PeerScore } from '@libp2p/gossipsub/score'
import type { PublishOpts } from '@libp2p/gossipsub/types'
import type { Connection, PeerId } from '@libp2p/interface'
import { NetworkError } from './errors.ts'

/** The part of gossipsub 17.1 that this code guards or uses, most of it private there. */
export interface GossipsubInside {
  handleReceivedRpc(from: PeerId, rpc: RPC): Promise<void>
  handleReceivedSubscription(from: PeerId, topic: string, subscribe: boolean): boolean
  handleReceivedMessage(from: PeerId, message: RPC.Message): Promise<void>
  forwardMessage(id: string, message: RPC.Message, from?: string, others?: Set<string>): void
  handleGraft(id: string, graft: RPC.ControlGraft[]): Promise<RPC.ControlPrune[]>
  handleIHave(id: string, ihave: RPC.ControlIHave[]): RPC.ControlIWant[]
  handleIWant(id: string, iwant: RPC.ControlIWant[]): RPC.Message[]
  removePeer(peer: PeerId): void
  sendRpc(id: string, rpc: RPC): boolean
  sendSubscriptions(id: string, topics: string[], subscribe: boolean): void
  onPeerConnected(peer: PeerId, connection: Connection): void
  createOutboundStream(peer: PeerId, connection: Connection): Promise<void>
  publish(topic: string, data: Uint8Array, options: PublishOpts): Promise<PublishResult>
  readonly score: PeerScore
  readonly peers: Map<string, PeerId>
  readonly topics: Map<string, Set<string>>
  readonly subscriptions: Set<string>
  readonly mesh: Map<string, Set<string>>
  readonly fanout: Map<string, Set<string>>
  readonly gossip: Map<string, unknown>
  readonly control: Map<string, unknown>
  readonly streamsOutbound: Map<string, { readonly rawStream: { readonly writeBufferLength: number } }>
  readonly streamsInbound: Map<string, { readonly rawStream: InboundRawStream }>
  /** Messages of the last two minutes: their ids, and those by their bytes on the wire. */
  readonly seenCache: TimeCache
  readonly fastMsgIdCache: TimeCache
}

interface TimeCache {
  readonly entries: Map<string, unknown>
  get(key: string): string | undefined
}

/** What carries a peer's RPCs to this node. */
export interface InboundRawStream {
  readonly readStatus: string
  pause(): void
  resume(): void
}

const METHODS = [
  'handleReceivedRpc',
  'handleReceivedSubscription',
  'handleReceivedMessage',
  'forwardMessage',
  'handleGraft',
  'handleIHave',
  'handleIWant',
  'removePeer',
  'sendRpc',
  'sendSubscriptions',
  'onPeerConnected',
  'createOutboundStream',
  'publish',
] as const
const MAPS = [
  'peers',
  'topics',
  'mesh',
  'fanout',
  'gossip',
  'control',
  'streamsOutbound',
  'streamsInbound',
] as const

const CACHES = ['seenCache', 'fastMsgIdCache'] as const

const SCORE_METHODS = ['addPeer', 'markInvalidMessageDelivery', 'rejectInvalidMessage', 'score'] as const

/** @throws NetworkError GOSSIPSUB_UNEXPECTED unless everything named above is there */
export function openGossipsub(pubsub: GossipSub): GossipsubInside {
  const inside = pubsub as unknown as Record<string, unknown>
  const missing = [
    ...METHODS.filter((name) => typeof inside[name] !== 'function'),
    ...MAPS.filter((name) => !(inside[name] instanceof Map)),
    ...CACHES.filter((name) => !((inside[name] as Partial<TimeCache> | undefined)?.entries instanceof Map)),
    ...(inside['subscriptions'] instanceof Set ? [] : ['subscriptions']),
    ...SCORE_METHODS.filter(
      (name) => typeof (inside['score'] as Record<string, unknown> | undefined)?.[name] !== 'function',
    ),
  ]
  if (missing.length > 0) {
    const names = missing.join(', ')
    throw new NetworkError(
      'GOSSIPSUB_UNEXPECTED',
      `this gossipsub has no ${names}: install the version that is pinned`,
    )
  }
  return pubsub as unknown as GossipsubInside
}
