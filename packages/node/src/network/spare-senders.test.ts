import type { PeerId } from '@libp2p/interface'
import { describe, expect, it } from 'vitest'
import { startUnguardedNode } from '../../../../test/support/network/mesh.ts'
import { spareSenders } from './spare-senders.ts'

const peer = (name: string): PeerId => ({ toString: () => name }) as PeerId
const message = (byte: number, topic = 'clear') => ({ topic, data: Uint8Array.of(byte) })

describe(spareSenders, () => {
  it('forwards to nobody who sent the same bytes to the same topic meanwhile, and to whoever sent others', async () => {
    await using node = await startUnguardedNode({ roster: new Map(), seed: 1 })
    const { inside } = node
    const verdict = Promise.withResolvers<void>()
    const forwards: (readonly (string | undefined)[])[] = []
    inside.handleReceivedMessage = async (from, received) => {
      if (String(from) !== 'first' && String(from) !== 'later') return
      await verdict.promise
      inside.forwardMessage('id', received, String(from))
    }
    inside.forwardMessage = (_id, _message, from, others = new Set()) => void forwards.push([from, ...others])
    spareSenders(node.libp2p.services.pubsub)

    const judging = inside.handleReceivedMessage(peer('first'), message(1))
    await inside.handleReceivedMessage(peer('second'), message(1))
    await inside.handleReceivedMessage(peer('third'), message(1))
    await inside.handleReceivedMessage(peer('other'), message(2))
    await inside.handleReceivedMessage(peer('elsewhere'), message(1, 'green'))
    verdict.resolve()
    await judging
    // What came with an earlier judgement is forgotten with it.
    await inside.handleReceivedMessage(peer('later'), message(1))
    expect(forwards).toEqual([['first', 'second', 'third'], ['later']])
  })
})
