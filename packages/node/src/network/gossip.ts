import { hash } from 'node:crypto'
import {
  type GossipSub,
  gossipsub,
  type GossipsubOpts,
  StrictNoSign,
  TopicValidatorResult,
} from '@libp2p/gossipsub'
import type { DataTransform } from '@libp2p/gossipsub/types'
import {
  type Compartment,
  COMPARTMENTS,
  MAX_BATCH_BYTES,
  MAX_CONTROL_BYTES,
  topicOf,
} from '@intelmesh/protocol'
import type { GossipVerdict, NetworkHandlers, PeerIdentity } from './interface.ts'
import { SCORE_THRESHOLDS, scoreParams } from './score.ts'
import { wireIdOf } from './spare-senders.ts'
import type { NetworkSettings } from './settings.ts'
import { inflateFrame, maxDeflated, packFrame } from './zstd.ts'

/** The topics of a cluster, and what may travel on each. */
export interface Topics {
  readonly all: readonly string[]
  compartmentOf(topic: string): Compartment | undefined
}

/** Bytes of a message, inflated. */
const MAX_BYTES: Readonly<Record<Compartment, number>> = {
  control: MAX_CONTROL_BYTES,
  clear: MAX_BATCH_BYTES,
  green: MAX_BATCH_BYTES,
}

/** The one table from verdicts to gossipsub's language. */
const RESULTS: Readonly<Record<GossipVerdict['action'], TopicValidatorResult>> = {
  accept: TopicValidatorResult.Accept,
  ignore: TopicValidatorResult.Ignore,
  reject: TopicValidatorResult.Reject,
}

/** What says more of this node than of a message: an honest peer sends it as well. */
const BLAMELESS: ReadonlySet<string> = new Set([
  'DUPLICATE',
  'QUEUE_FULL',
  'STORE_FULL',
  'STORE_IO',
  'INTERNAL',
])

/** What says nothing of a message: its sender may not send more, or there is no room for it. */
const UNHEARD: ReadonlySet<string> = new Set(['QUOTA', 'QUEUE_FULL'])

/** A largest message and the control messages that ride on it, with room to spare. */
const MAX_RPC_BYTES: number = 2 * maxDeflated(MAX_BATCH_BYTES)
/** Gossipsub's 12 let the first nodes of a cluster, to which all others come, send every message nearly twice as often as its 6 want. */
const MOST_IN_MESH = 8
/** Below this, telling peers not to send costs more than it saves. */
const IDONTWANT_BYTES = 16 * 1024
/** A peer that verifies and stores before it answers is slow, not false. */
const IWANT_FOLLOW_UP_MS = 10_000

export function topicsOf(cluster: string): Topics {
  const compartments = new Map(
    COMPARTMENTS.map((compartment) => [topicOf(compartment, cluster), compartment]),
  )
  return { all: [...compartments.keys()], compartmentOf: (topic) => compartments.get(topic) }
}

/** Bytes that a message of a compartment may have, before compression. */
export function maxMessageBytes(compartment: Compartment): number {
  return MAX_BYTES[compartment]
}

export interface GossipOptions {
  readonly topics: Topics
  readonly settings: Pick<NetworkSettings, 'heartbeatMs' | 'maxGossipBacklog' | 'banMs'>
  /** Misdeeds outside gossip, by libp2p peer id. */
  readonly penaltiesOf: (peer: string) => number
}

/** Gossipsub as docs/spec/gossip.md wants it. */
export function createGossip(options: GossipOptions): ReturnType<typeof gossipsub> {
  const { topics, settings } = options
  const init: Partial<GossipsubOpts> = {
    globalSignaturePolicy: StrictNoSign,
    allowedTopics: [...topics.all],
    dataTransform: compression(topics),
    msgIdFn: ({ topic, data }) => messageId(topic, data),
    // Copies that came before are known by the bytes on the wire, and are not inflated again.
    fastMsgIdFn: wireIdOf,
    scoreParams: scoreParams(topics.all, { retainMs: settings.banMs, penaltiesOf: options.penaltiesOf }),
    scoreThresholds: SCORE_THRESHOLDS,
    heartbeatInterval: settings.heartbeatMs,
    fallbackToFloodsub: false,
    doPX: false,
    floodPublish: false,
    Dhi: MOST_IN_MESH,
    tagMeshPeers: false,
    emitSelf: false,
    allowPublishToZeroTopicPeers: true,
    ignoreDuplicatePublishError: true,
    // One RPC, and one message of it, at a time: with guardFlow this is what holds a fast sender back.
    awaitRpcHandler: true,
    awaitRpcMessageHandler: true,
    idontwantMinDataSize: IDONTWANT_BYTES,
    gossipsubIWantFollowupMs: IWANT_FOLLOW_UP_MS,
    // Room for control messages above what guardFlow lets wait.
    maxOutboundBufferSize: 2 * settings.maxGossipBacklog,
    maxInboundDataLength: MAX_RPC_BYTES,
    maxInboundStreams: 2,
    maxOutboundStreams: 2,
    decodeRpcLimits: {
      maxSubscriptions: 16,
      maxMessages: 8,
      maxControlMessages: 16,
      maxIhaveMessageIDs: 5_000,
      maxIwantMessageIDs: 5_000,
      maxIdontwantMessageIDs: 512,
      maxPeerInfos: 0,
    },
  }
  return gossipsub(init)
}

/**
 * Id of a message: SHA-256 of its topic, a zero byte and its inflated bytes. With the topic, since a peer could else
 * send an honest batch where it does not belong, and have every later sender of it judged by that.
 */
export function messageId(topic: string, bytes: Uint8Array): Uint8Array {
  return hash('sha256', Buffer.concat([Buffer.from(`${topic}\0`), bytes]), 'buffer')
}

/** Who judges messages, and is told what was not worth having. */
export interface Judge {
  readonly handlers: Pick<NetworkHandlers, 'onGossip'>
  find(peer: string): PeerIdentity | undefined
  /** So many bytes of a peer, by libp2p peer id, were looked at in vain. */
  onWaste(peer: string, bytes: number): void
  /** A message of a peer was not looked at: it is welcome from others, and later. */
  onUnheard(peer: string): void
}

/** Asks `onGossip` about every message. A handler that fails is a fault of this node and costs the sender nothing. */
export function validateWith(pubsub: GossipSub, topics: Topics, judge: Judge): void {
  for (const topic of topics.all) {
    const compartment = topics.compartmentOf(topic) as Compartment
    pubsub.topicValidators.set(topic, async (peer, message) => {
      const from = judge.find(peer.toString())
      if (from === undefined) return TopicValidatorResult.Ignore
      const verdict = await judge.handlers.onGossip(compartment, message.data, from)
      if (verdict.action !== 'accept' && !BLAMELESS.has(verdict.code))
        judge.onWaste(peer.toString(), message.data.length)
      if (UNHEARD.has(verdict.code)) judge.onUnheard(peer.toString())
      return RESULTS[verdict.action]
    })
  }
}

function compression(topics: Topics): DataTransform {
  const maxBytes = (topic: string): number => MAX_BYTES[topics.compartmentOf(topic) ?? 'control']
  return {
    // A throw counts as an invalid message against the sender.
    inboundTransform: (topic, data) => inflateFrame(data, maxBytes(topic)),
    outboundTransform: (_topic, data) => packFrame(data),
  }
}
