import { randomBytes } from 'node:crypto'
import { Socket } from 'node:net'
import type { Stream } from '@libp2p/interface'
import { PROTOCOLS } from '@intelmesh/protocol'
import { describe, expect, it, vi } from 'vitest'
import { type Roster, startTestNode, startUnguardedNode } from '../../../../test/support/network/mesh.ts'
import { createFrameChannel } from './frames.ts'
import { DEFAULT_NETWORK } from './settings.ts'

const signal = (): AbortSignal => AbortSignal.timeout(10_000)
const MIB = 1024 * 1024

describe(createFrameChannel, () => {
  it('writes in pieces of 16 KiB and more', async () => {
    const roster: Roster = new Map()
    const received = Promise.withResolvers<number>()
    await using server = await startTestNode({
      roster,
      seed: 1,
      onSync: async (channel) => received.resolve((await channel.receive())?.length ?? 0),
    })
    await using member = await startUnguardedNode({ roster, seed: 2 })
    await server.network.dial(member.address, signal())
    await vi.waitFor(() => expect(member.libp2p.getConnections()).toHaveLength(1))
    const stream = (await member.libp2p.getConnections()[0]?.newStream([PROTOCOLS.sync])) as Stream
    const peer = { node: '', certificate: '', notAfter: 0 }
    await using channel = createFrameChannel(stream, peer, DEFAULT_NETWORK)

    const sends = vi.spyOn(stream, 'send')
    const writes = vi.spyOn(Socket.prototype, 'write')
    await channel.send(new Uint8Array(randomBytes(MIB)))
    expect(await received.promise).toBe(MIB)
    const sizes = writes.mock.calls.map(([bytes]) => (bytes as Uint8Array).length)
    writes.mockRestore()
    expect(sends).toHaveBeenCalledTimes(1)
    const large = sizes.filter((size) => size >= 16 * 1024)
    expect(large.reduce((sum, size) => sum + size, 0)).toBeGreaterThan(0.99 * MIB)
  })
})
