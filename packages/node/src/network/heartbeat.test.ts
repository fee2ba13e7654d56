import type { GossipSub } from '@libp2p/gossipsub'
import { describe, expect, it, vi } from 'vitest'
import type { GossipsubInside } from './gossipsub-inside.ts'
import { watchHeartbeats } from './heartbeat.ts'
import type { LivePeer } from './peers.ts'

describe(watchHeartbeats, () => {
  it('leaves a peer alone whose streams stand', () => {
    const { beat, inside, peers } = start(['a', 'b'], ['a', 'b'])
    beat(20)
    expect(inside.onPeerConnected).not.toHaveBeenCalled()
    expect(peers.cut).not.toHaveBeenCalled()
  })

  it('opens a lost stream again, and cuts the peer off when that does not help', () => {
    const { beat, inside, peers } = start(['a', 'b'], ['b'])
    beat(1)
    expect(inside.onPeerConnected).not.toHaveBeenCalled()
    beat(1)
    expect(inside.onPeerConnected).toHaveBeenCalledExactlyOnceWith('a', expect.anything())
    beat(1)
    expect(peers.cut).not.toHaveBeenCalled()
    beat(1)
    expect(peers.cut).toHaveBeenCalledExactlyOnceWith('a', 'STREAM_CLOSED')
  })

  it('cuts a peer off whose own stream is lost: it does not know, and opens no other', () => {
    const { beat, heard, inside, peers } = start(['a', 'b'], ['a', 'b'])
    beat(1)
    heard.delete('a')
    beat(3)
    expect(peers.cut).not.toHaveBeenCalled()
    beat(1)
    expect(peers.cut).toHaveBeenCalledExactlyOnceWith('a', 'STREAM_CLOSED')
    expect(inside.onPeerConnected).not.toHaveBeenCalled()
  })

  it('starts counting afresh once the stream is back', () => {
    const { beat, streams, peers } = start(['a'], [])
    for (let i = 0; i < 5; i++) {
      beat(3)
      streams.set('a', {})
      beat(1)
      streams.delete('a')
    }
    expect(peers.cut).not.toHaveBeenCalled()
  })
})

function start(connected: readonly string[], streaming: readonly string[]) {
  const pubsub = new EventTarget()
  const streams = new Map<string, object>(streaming.map((id) => [id, {}]))
  const heard = new Map<string, object>(connected.map((id) => [id, {}]))
  const inside = {
    streamsOutbound: streams,
    streamsInbound: heard,
    onPeerConnected: vi.fn<GossipsubInside['onPeerConnected']>(),
  }
  const list = connected.map((node) => ({ identity: { node }, connection: { remotePeer: node } }))
  const peers = {
    list: () => list as unknown as LivePeer[],
    cut: vi.fn<(node: string, code: string) => void>(),
  }
  watchHeartbeats(
    { pubsub: pubsub as unknown as GossipSub, inside: inside as unknown as GossipsubInside, peers },
    { maxSilentHeartbeats: 3 },
  )
  const beat = (times: number): void => {
    for (let i = 0; i < times; i++) pubsub.dispatchEvent(new Event('gossipsub:heartbeat'))
  }
  return { beat, heard, inside, peers, streams }
}
