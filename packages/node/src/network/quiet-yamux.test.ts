import fc from 'fast-check'
import { type Stream, StreamStateError } from '@libp2p/interface'
import { multiaddrConnectionPair } from '@libp2p/utils'
import { describe, expect, it, vi } from 'vitest'
import { quietYamux, updateByHalves, type WindowedStream } from './quiet-yamux.ts'

const WINDOW = 1_000
const ESTABLISHED = 3

/** A stream as yamux keeps it, that counts its updates. */
function stream(state = ESTABLISHED) {
  const counted = {
    state,
    recvWindow: WINDOW,
    recvWindowCapacity: WINDOW,
    updates: 0,
    sendWindowUpdate() {
      counted.updates++
      counted.recvWindowCapacity = counted.recvWindow
    },
  }
  return counted satisfies WindowedStream
}

describe(updateByHalves, () => {
  it('leaves the sender half a window at least, and tells it no more often than that takes', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: WINDOW / 2 })), (frames) => {
        const receiving = updateByHalves(stream())
        for (const length of frames) {
          receiving.recvWindowCapacity -= length
          receiving.sendWindowUpdate()
          expect(receiving.recvWindowCapacity).toBeGreaterThan(WINDOW / 2)
        }
        const bytes = frames.reduce((sum, length) => sum + length, 0)
        expect(receiving.updates).toBeLessThanOrEqual(bytes / (WINDOW / 2))
      }),
    )
  })

  it.for([0, 2])('keeps back no flag of a stream that opens, in state %i', (state) => {
    const opening = updateByHalves(stream(state))
    opening.sendWindowUpdate()
    expect(opening.updates).toBe(1)
  })

  it('does not throw at whoever resumes a stream whose connection has closed', () => {
    const failing = (error: Error) => ({
      ...stream(0),
      sendWindowUpdate(): void {
        throw error
      },
    })
    expect(() => updateByHalves(failing(new StreamStateError())).sendWindowUpdate()).not.toThrow()
    expect(() => updateByHalves(failing(new TypeError())).sendWindowUpdate()).toThrow(TypeError)
  })
})

describe(quietYamux, () => {
  it('ends a connection on which nothing comes, and none on which signs of life do', async () => {
    vi.useFakeTimers()
    using _ = { [Symbol.dispose]: () => void vi.useRealTimers() }
    const ended: string[] = []
    for (const name of ['lively', 'dead']) {
      const factory = quietYamux({ silentMs: 60_000, enableKeepAlive: name === 'lively' })()
      const pair = multiaddrConnectionPair()
      for (const connection of pair) {
        factory.createStreamMuxer(connection)
        connection.addEventListener('close', () => ended.push(name))
      }
    }
    await vi.advanceTimersByTimeAsync(59_000)
    expect(ended).toEqual([])
    await vi.advanceTimersByTimeAsync(120_000)
    expect(new Set(ended)).toEqual(new Set(['dead']))
  })

  it('makes streams that answer small messages with nothing, and carry more than a window', async () => {
    const factory = quietYamux({ enableKeepAlive: false, silentMs: 60_000 })()
    const [here, there] = multiaddrConnectionPair()
    const [sender, receiver] = [factory.createStreamMuxer(here), factory.createStreamMuxer(there)]
    const answers = vi.spyOn(receiver as unknown as { sendFrame(header: object): boolean }, 'sendFrame')
    let received = 0
    receiver.addEventListener('stream', ({ detail }: CustomEvent<Stream>) =>
      detail.addEventListener('message', ({ data }) => (received += data.byteLength)),
    )
    const sending = await sender.createStream()
    for (let i = 1; i <= 100; i++) {
      sending.send(new Uint8Array(1_000))
      await vi.waitFor(() => expect(received).toBe(i * 1_000), { interval: 1 })
    }
    // The first says that the stream is open.
    expect(answers.mock.calls.length).toBeLessThanOrEqual(1)
    for (let i = 0; i < 64; i++) if (!sending.send(new Uint8Array(16_384))) await sending.onDrain()
    await vi.waitFor(() => expect(received).toBe(100_000 + 64 * 16_384))
    sender.abort(new Error('done'))
    receiver.abort(new Error('done'))
  })
})
