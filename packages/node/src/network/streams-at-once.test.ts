import type { Connection } from '@libp2p/interface'
import { describe, expect, it } from 'vitest'
import { eventually } from '../../../../test/support/eventually.ts'
import { type Roster, startUnguardedNode } from '../../../../test/support/network/mesh.ts'
import { openStreamsAtOnce } from './streams-at-once.ts'

describe(openStreamsAtOnce, () => {
  it('lets no peer that does not answer keep others waiting', async () => {
    const roster: Roster = new Map()
    await using own = await startUnguardedNode({ roster, seed: 1 })
    await using mute = await startUnguardedNode({ roster, seed: 2 })
    await using other = await startUnguardedNode({ roster, seed: 3 })
    openStreamsAtOnce(own.libp2p.services.pubsub)
    let asked = 0
    const waiting = {
      status: 'open',
      newStream: () => new Promise(() => void (asked += 1)),
    } as unknown as Connection
    own.inside.peers.set(mute.peerId, mute.libp2p.peerId)
    own.inside.onPeerConnected(mute.libp2p.peerId, waiting)
    own.inside.onPeerConnected(mute.libp2p.peerId, waiting)
    await own.libp2p.dial(other.libp2p.getMultiaddrs()[0] as never)
    await eventually(() => expect([...own.inside.streamsOutbound.keys()]).toEqual([other.peerId]))
    // Nor is it asked twice at a time.
    expect(asked).toBe(1)
  })
})
