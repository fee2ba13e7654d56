import type { PeerScore } from '@libp2p/gossipsub/score'
import type { Penalties } from './penalties.ts'
import type { Peers } from './peers.ts'
import { penaltyScore, SCORE_THRESHOLDS } from './score.ts'
import type { NetworkSettings } from './settings.ts'

/** Who may stay, by what it did: its score, and the ban that ends a bad one. */
export interface Standing {
  /** The score that gossipsub gives the node, or what its penalties alone make of it while gossipsub knows it not. */
  scoreOf(node: string): number
  /** Counts something provably invalid from outside gossip. */
  penalise(node: string): void
  /** Bans the node and cuts it off when its score has fallen below the graylist. */
  review(node: string): void
  /** Whether the node is kept out for now. */
  isBanned(node: string): boolean
}

export interface StandingComponents {
  readonly peers: Pick<Peers, 'get' | 'cut'>
  readonly penalties: Penalties
  readonly score: PeerScore
}

export function createStanding(
  { peers, penalties, score }: StandingComponents,
  { banMs }: Pick<NetworkSettings, 'banMs'>,
): Standing {
  /** End of each ban. Bounded by the members of the cluster. */
  const bans = new Map<string, number>()

  const peerIdOf = (node: string): string => peers.get(node)?.connection.remotePeer.toString() ?? ''

  function scoreOf(node: string): number {
    const id = peerIdOf(node)
    return score.peerStats.has(id) ? score.score(id) : penaltyScore(penalties.of(node))
  }

  function review(node: string): void {
    if (scoreOf(node) >= SCORE_THRESHOLDS.graylistThreshold) return
    bans.set(node, Date.now() + banMs)
    peers.cut(node, 'PEER_BANNED')
  }

  return {
    scoreOf,
    penalise(node) {
      penalties.add(node)
      score.scoreCache.delete(peerIdOf(node))
      review(node)
    },
    review,
    isBanned(node) {
      const end = bans.get(node)
      if (end !== undefined && end <= Date.now()) bans.delete(node)
      return bans.has(node)
    },
  }
}
