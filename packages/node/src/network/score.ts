import type {
  PeerScore,
  PeerScoreParams,
  PeerScoreThresholds,
  TopicScoreParams,
} from '@libp2p/gossipsub/score'

const SECOND = 1
const MINUTE: number = 60 * SECOND
const HOUR: number = 60 * MINUTE
/** A counter below this counts as nothing. */
const DECAY_TO_ZERO = 0.01

/** As Filecoin has them. A peer below zero leaves every mesh, below the last one it is banned. */
export const SCORE_THRESHOLDS: Readonly<PeerScoreThresholds> = {
  gossipThreshold: -500,
  publishThreshold: -1000,
  graylistThreshold: -2500,
  // Nobody reaches it, and peer exchange is off besides.
  acceptPXThreshold: 1000,
  opportunisticGraftThreshold: 3.5,
}

/** Provably invalid things of all kinds weigh the same: the sixth within an hour takes a peer below the graylist. */
const INVALID_WEIGHT = -1000
const TOPIC_WEIGHT = 0.1

/** Every topic has these: a topic without parameters is not scored at all, and a rejected message costs nothing. */
const TOPIC: Readonly<TopicScoreParams> = {
  topicWeight: TOPIC_WEIGHT,
  // Time in a mesh says nothing among members who are all vetted.
  timeInMeshWeight: 0,
  timeInMeshQuantum: 1,
  timeInMeshCap: 1,
  firstMessageDeliveriesWeight: 0.5,
  firstMessageDeliveriesDecay: decayOver(10 * MINUTE),
  firstMessageDeliveriesCap: 100,
  // Off: in a mesh of tens, where many are silent for hours, few deliveries are no sign of malice.
  meshMessageDeliveriesWeight: 0,
  meshMessageDeliveriesDecay: 0.5,
  meshMessageDeliveriesCap: 1,
  meshMessageDeliveriesThreshold: 0,
  meshMessageDeliveriesWindow: 10,
  meshMessageDeliveriesActivation: 1000,
  meshFailurePenaltyWeight: 0,
  meshFailurePenaltyDecay: 0.5,
  invalidMessageDeliveriesWeight: INVALID_WEIGHT,
  invalidMessageDeliveriesDecay: decayOver(HOUR),
}

/**
 * Score parameters for exactly these topics.
 *
 * @see docs/spec/gossip.md, "Scores"
 */
export function scoreParams(
  topics: readonly string[],
  options: { readonly retainMs: number; readonly penaltiesOf: (peer: string) => number },
): PeerScoreParams {
  return {
    topics: Object.fromEntries(topics.map((topic) => [topic, TOPIC])),
    topicScoreCap: 10,
    appSpecificScore: (peer) => penaltyScore(options.penaltiesOf(peer)),
    appSpecificWeight: 1,
    // Off: members behind one address are no sybils, each has a certificate; a cluster on one host would fall apart.
    IPColocationFactorWeight: 0,
    IPColocationFactorThreshold: 1,
    IPColocationFactorWhitelist: new Set(),
    // Off: under load honest members break promises by the dozen. What comes late proves nothing, and comes another way as well.
    behaviourPenaltyWeight: 0,
    behaviourPenaltyThreshold: 0,
    behaviourPenaltyDecay: decayOver(HOUR),
    decayInterval: SECOND * 1000,
    decayToZero: DECAY_TO_ZERO,
    retainScore: options.retainMs,
  }
}

/** What so many provably invalid things outside gossip take from a score: as much as invalid messages do. */
export function penaltyScore(count: number): number {
  return INVALID_WEIGHT * TOPIC_WEIGHT * count ** 2
}

/**
 * Mends what lets a peer shed its score: gossipsub starts a peer afresh whenever it comes back, even by a new stream on
 * the same connection, and goes by a cached score for a second after an invalid message. `onInvalid` is told of each.
 */
export function keepScores(score: PeerScore, onInvalid: (peer: string) => void): void {
  const addPeer = score.addPeer.bind(score)
  score.addPeer = (peer) => {
    const kept = score.peerStats.get(peer)
    if (kept === undefined) addPeer(peer)
    else kept.connected = true
  }
  const markInvalidMessageDelivery = score.markInvalidMessageDelivery.bind(score)
  score.markInvalidMessageDelivery = (peer, topic) => {
    markInvalidMessageDelivery(peer, topic)
    score.scoreCache.delete(peer)
    onInvalid(peer)
  }
}

/** The factor by which a counter shrinks each second to be nothing after `seconds`. */
function decayOver(seconds: number): number {
  return DECAY_TO_ZERO ** (1 / seconds)
}
