import { ScorePenalty } from '@libp2p/gossipsub/metrics'
import { PeerScore } from '@libp2p/gossipsub/score'
import type { ComponentLogger, Logger } from '@libp2p/interface'
import { describe, expect, it } from 'vitest'
import { keepScores, penaltyScore, SCORE_THRESHOLDS, scoreParams } from './score.ts'

const TOPIC = '/intelmesh/clear.finance.eu/1'

describe(keepScores, () => {
  it('remembers a peer that was gone', () => {
    const score = createScore()
    keepScores(score, () => {})
    score.addPeer('a')
    score.rejectInvalidMessage('a', TOPIC)
    score.removePeer('a')
    score.addPeer('a')
    expect(score.score('a')).toBeLessThan(0)
    expect(score.peerStats.get('a')?.connected).toBe(true)
  })

  it('tells of each invalid message at once, with the score as it is by then', () => {
    const score = createScore()
    const scores: number[] = []
    keepScores(score, (peer) => scores.push(score.score(peer)))
    score.addPeer('a')
    for (let i = 0; i < 6; i++) score.rejectInvalidMessage('a', TOPIC)
    expect(scores).toEqual([...scores].sort((a, b) => b - a))
    expect(scores[4]).toBeGreaterThanOrEqual(SCORE_THRESHOLDS.graylistThreshold)
    expect(scores[5]).toBeLessThan(SCORE_THRESHOLDS.graylistThreshold)
  })
})

describe(scoreParams, () => {
  it('weighs what is wrong outside gossip as it weighs invalid messages', () => {
    const invalid = createScore()
    const penalised = createScore(3)
    for (const score of [invalid, penalised]) score.addPeer('a')
    for (let i = 0; i < 3; i++) invalid.rejectInvalidMessage('a', TOPIC)
    expect(penalised.score('a')).toBe(invalid.score('a'))
    expect(penalised.score('a')).toBe(penaltyScore(3))
  })

  it('holds nothing against peers that are late, however often', () => {
    const score = createScore()
    score.addPeer('a')
    score.addPenalty('a', 1000, ScorePenalty.BrokenPromise)
    expect(score.score('a')).toBe(0)
  })

  it('holds nothing against peers behind one address', () => {
    const score = createScore()
    for (let i = 0; i < 100; i++) {
      score.addPeer(`peer ${i}`)
      score.addIP(`peer ${i}`, '127.0.0.1')
    }
    expect(score.score('peer 0')).toBe(0)
  })
})

function createScore(penalties = 0): PeerScore {
  const params = scoreParams([TOPIC], { retainMs: 60_000, penaltiesOf: () => penalties })
  return new PeerScore(params, null, silent, { scoreCacheValidityMs: 60_000 })
}

const log = Object.assign(() => {}, {
  trace() {},
  error() {},
  enabled: false,
  newScope: () => log,
}) as unknown as Logger
const silent: ComponentLogger = { forComponent: () => log }
