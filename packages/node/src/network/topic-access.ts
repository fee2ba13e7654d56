import type { GossipSub } from '@libp2p/gossipsub'
import type { RPC } from '@libp2p/gossipsub/message'
import type { PeerId } from '@libp2p/interface'
import { type GossipsubInside, openGossipsub } from './gossipsub-inside.ts'

/** Whether a peer, by libp2p peer id, may have a topic now. */
export type MaySeeTopic = (peer: string, topic: string) => boolean

export interface TopicAccess {
  /** Asks anew about every peer and topic: takes away what a peer may no longer see, gives what it may see by now. */
  refresh(): void
}

/**
 * Gossipsub serves any peer that subscribes, grafts or asks. This puts `maySee` at each way in and at the one way out.
 * Refused subscriptions are remembered, since a peer states them once for the life of a connection.
 *
 * @throws NetworkError GOSSIPSUB_UNEXPECTED unless `pubsub` has the methods of the pinned version
 * @see docs/spec/gossip.md, "Access to topics"
 */
export function guardTopics(pubsub: GossipSub, maySee: MaySeeTopic): TopicAccess {
  const inner = openGossipsub(pubsub)
  const original = originals(inner)
  /** Peers that asked for a topic, whether or not they got it. At most as many topics as gossipsub allows. */
  const wanted = new Map<string, Set<string>>()

  inner.handleReceivedSubscription = (from, topic, subscribe) => {
    const peers = wanted.get(topic) ?? new Set()
    if (subscribe) wanted.set(topic, peers.add(from.toString()))
    else peers.delete(from.toString())
    // Unsubscribing is let through: it only takes away.
    if (subscribe && !maySee(from.toString(), topic)) return false
    return original.handleReceivedSubscription(from, topic, subscribe)
  }

  // A dropped GRAFT looks like one for a topic that this node is not subscribed to.
  inner.handleGraft = (id, graft) =>
    original.handleGraft(
      id,
      graft.filter(({ topicID }) => topicID !== undefined && maySee(id, topicID)),
    )

  // Asking a peer for what would then be dropped counts against it as a broken promise.
  inner.handleIHave = (id, ihave) =>
    original.handleIHave(
      id,
      ihave.filter(({ topicID }) => topicID !== undefined && maySee(id, topicID)),
    )

  // Dropped before gossipsub marks it as seen, so that the same message is welcome from others, and later.
  inner.handleReceivedMessage = async (from, message) => {
    if (inner.subscriptions.has(message.topic) && maySee(from.toString(), message.topic)) {
      await original.handleReceivedMessage(from, message)
    }
  }

  inner.removePeer = (peer) => {
    for (const peers of wanted.values()) peers.delete(peer.toString())
    original.removePeer(peer)
  }

  // Every message, announcement and answer to IWANT leaves through here.
  inner.sendRpc = (id, rpc) => {
    const [first, ...rest] = split(onlyVisible(rpc, (topic) => maySee(id, topic)))
    if (first === undefined || (isEmpty(first) && !isEmpty(rpc))) return false
    const isSent = original.sendRpc(id, first)
    for (const each of rest) original.sendRpc(id, each)
    return isSent
  }

  function refresh(): void {
    for (const [id, peer] of inner.peers) {
      const lost = [...inner.topics].filter(([topic, ids]) => ids.has(id) && !maySee(id, topic))
      for (const [topic] of lost) withdraw(id, peer, topic)
      const gained = [...wanted].filter(([topic, ids]) => ids.has(id) && maySee(id, topic))
      for (const [topic] of gained) original.handleReceivedSubscription(peer, topic, true)
      // A peer takes a repeated announcement for what it is. Those that it may not see do not leave.
      inner.sendSubscriptions(id, [...inner.subscriptions], true)
    }
  }

  function withdraw(id: string, peer: PeerId, topic: string): void {
    original.handleReceivedSubscription(peer, topic, false)
    inner.mesh.get(topic)?.delete(id)
    inner.fanout.get(topic)?.delete(id)
    inner.gossip.delete(id)
    inner.control.delete(id)
  }

  return { refresh }
}

type Wrapped = Pick<
  GossipsubInside,
  | 'handleReceivedSubscription'
  | 'handleReceivedMessage'
  | 'handleGraft'
  | 'handleIHave'
  | 'removePeer'
  | 'sendRpc'
>

/** The methods as they were. */
function originals(inner: GossipsubInside): Wrapped {
  return {
    handleReceivedSubscription: inner.handleReceivedSubscription.bind(inner),
    handleReceivedMessage: inner.handleReceivedMessage.bind(inner),
    handleGraft: inner.handleGraft.bind(inner),
    handleIHave: inner.handleIHave.bind(inner),
    removePeer: inner.removePeer.bind(inner),
    sendRpc: inner.sendRpc.bind(inner),
  }
}

/** A copy of `rpc` with what names a topic that `mayPass`, and what names none. */
function onlyVisible(rpc: RPC, mayPass: (topic: string) => boolean): RPC {
  const passes = ({ topicID }: { topicID?: string }): boolean => topicID !== undefined && mayPass(topicID)
  const { control } = rpc
  return {
    subscriptions: rpc.subscriptions.filter(({ topic }) => topic !== undefined && mayPass(topic)),
    messages: rpc.messages.filter(({ topic }) => mayPass(topic)),
    ...(control && {
      control: {
        ...control,
        graft: control.graft.filter(passes),
        prune: control.prune.filter(passes),
        ihave: control.ihave.filter(passes),
      },
    }),
  }
}

/** One message to an RPC: a long answer to IWANT would outgrow what the other side takes, and break its stream. */
function split(rpc: RPC): RPC[] {
  const [first, ...rest] = rpc.messages
  if (first === undefined || rest.length === 0) return [rpc]
  return [
    { ...rpc, messages: [first] },
    ...rest.map((message) => ({ subscriptions: [], messages: [message] })),
  ]
}

function isEmpty({ subscriptions, messages, control }: RPC): boolean {
  return (
    subscriptions.length + messages.length === 0 &&
    Object.values(control ?? {}).every(({ length }) => length === 0)
  )
}
