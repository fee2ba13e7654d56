import { fromHex, type SyncSet, toHex } from '@intelmesh/protocol'
import type { FrameChannel } from '../../../packages/node/src/network/index.ts'
import { initiate } from '../../../packages/node/src/syncing/initiate.ts'
import { respond } from '../../../packages/node/src/syncing/respond.ts'
import { channelPair } from '../../../packages/node/src/syncing/testing/test-session.ts'
import { NODES, type Role, type Side } from './side.ts'

/** A message and who says it. */
export type Said = readonly [speaker: Role, bytes: string]

/** Has one side lead a session with another, and gives all that was said. */
export async function converse(initiator: Side, responder: Side, set: SyncSet): Promise<readonly Said[]> {
  const { near, far } = channelPair(NODES.initiator, NODES.responder)
  const said: Said[] = []
  await Promise.all([
    play(initiator, noting(near, 'initiator', said), set),
    play(responder, noting(far, 'responder', said), set),
  ])
  return said
}

/**
 * Has one side say its part, and hear the other's from what was written down. Gives the session as this side made it: what it says, and of the
 * other's messages those that it came to hear, in their order.
 */
export async function replay(side: Side, script: readonly Said[], set: SyncSet): Promise<readonly Said[]> {
  const due = script.filter(([speaker]) => speaker !== side.role)
  const said: Said[] = []
  await play(
    side,
    {
      peer: {
        node: NODES[side.role === 'initiator' ? 'responder' : 'initiator'],
        certificate: '',
        notAfter: Infinity,
      },
      bytes: { sent: 0, received: 0 },
      send: async (frame) => void said.push([side.role, toHex(frame)]),
      async receive() {
        const next = due.shift()
        if (next === undefined) return undefined
        said.push(next)
        return fromHex(next[1])
      },
      abort() {},
      async [Symbol.asyncDispose]() {},
    },
    set,
  )
  return said
}

async function play({ role, components }: Side, channel: FrameChannel, set: SyncSet): Promise<void> {
  await using _end = channel
  if (role === 'initiator') await initiate(components, channel, set)
  else await respond(components, channel)
}

function noting(end: FrameChannel, role: Role, said: Said[]): FrameChannel {
  return {
    ...end,
    send(frame) {
      said.push([role, toHex(frame)])
      return end.send(frame)
    },
  }
}
