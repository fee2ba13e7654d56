import { Socket } from 'node:net'
import { Writable } from 'node:stream'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { MessageStream } from '@libp2p/interface'
import { describe, expect, it, vi } from 'vitest'
import { type Roster, startTestNode } from '../../../../test/support/network/mesh.ts'
import { gatherWrites } from './gather-writes.ts'
import { startNetwork } from './start-network.ts'

describe(gatherWrites, () => {
  it('makes one write of what is sent in one turn, in its order', async () => {
    const written: string[] = []
    const socket = new Writable({
      write(chunk, _encoding, done) {
        written.push(String(chunk))
        done()
      },
      writev(chunks, done) {
        written.push(chunks.map(({ chunk }) => String(chunk)).join(''))
        done()
      },
    })
    const connection = {
      socket,
      sendData: (parts: readonly string[]) => parts.forEach((part) => socket.write(part)),
    }
    gatherWrites(connection as unknown as MessageStream)
    connection.sendData(['a', 'b'])
    connection.sendData(['c'])
    await nextTurn()
    connection.sendData(['d'])
    await nextTurn()
    expect(written).toEqual(['abc', 'd'])
  })

  it('leaves alone what has no socket', () => {
    const connection = { sendData: () => 1 }
    const { sendData } = connection
    gatherWrites(connection as unknown as MessageStream)
    expect(connection.sendData).toBe(sendData)
  })
})

describe(startNetwork, () => {
  it('finds the socket of a TCP connection where it expects it', async () => {
    const roster: Roster = new Map()
    const corks = vi.spyOn(Socket.prototype, 'cork')
    await using a = await startTestNode({ roster, seed: 1 })
    await using b = await startTestNode({ roster, seed: 2, listen: [] })
    await b.network.dial(a.address, AbortSignal.timeout(10_000))
    expect(corks.mock.calls.length).toBeGreaterThan(2)
    corks.mockRestore()
  })
})
