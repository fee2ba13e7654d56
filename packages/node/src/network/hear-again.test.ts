import { topicOf } from '@intelmesh/protocol'
import { describe, expect, it, vi } from 'vitest'
import {
  CLUSTER,
  type Roster,
  startTestNode,
  startUnguardedNode,
  type UnguardedNode,
} from '../../../../test/support/network/mesh.ts'
import { hearAgain } from './hear-again.ts'
import { packFrame } from './zstd.ts'

const CLEAR = topicOf('clear', CLUSTER)
const MESSAGE = Uint8Array.of(7)
const LAST = Uint8Array.of(8)

describe(hearAgain, () => {
  it.for([
    ['QUOTA', 2],
    ['QUEUE_FULL', 2],
    ['CERT_UNKNOWN', 1],
  ] as const)('has a message ignored as %s, sent by two, judged %i times', async ([code, times]) => {
    const roster: Roster = new Map()
    await using receiver = await startTestNode({
      roster,
      seed: 1,
      verdict: (bytes) =>
        bytes[0] === LAST[0] ? { action: 'accept', code: 'ACCEPTED' } : { action: 'ignore', code },
    })
    await using first = await startUnguardedNode({ roster, seed: 2 })
    await using second = await startUnguardedNode({ roster, seed: 3 })
    receiver.network.subscribe('clear')
    for (const sender of [first, second]) {
      sender.libp2p.services.pubsub.subscribe(CLEAR)
      await receiver.network.dial(sender.address, AbortSignal.timeout(10_000))
      await vi.waitFor(() => expect(sender.inside.topics.get(CLEAR)?.size).toBe(1))
    }
    send(first, MESSAGE)
    await vi.waitFor(() => expect(receiver.received).toHaveLength(1))
    send(second, MESSAGE)
    // A stream keeps its order.
    send(second, LAST)
    await vi.waitFor(() => expect(receiver.received.at(-1)?.bytes).toEqual(LAST))
    const judged = receiver.received.filter(({ bytes }) => bytes[0] === MESSAGE[0])
    expect(judged).toHaveLength(times)
  })
})

function send({ libp2p, inside }: UnguardedNode, bytes: Uint8Array): void {
  const [receiver = ''] = libp2p.getPeers().map(String)
  inside.sendRpc(receiver, { subscriptions: [], messages: [{ topic: CLEAR, data: packFrame(bytes) }] })
}
