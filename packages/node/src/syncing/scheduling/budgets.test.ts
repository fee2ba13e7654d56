import { describe, expect, it } from 'vitest'
import type { FrameChannel } from '../../network/index.ts'
import { createBudgets } from './budgets.ts'

const OPTIONS = { sessions: 2, bytes: 1000, workMs: 500, burst: 10, atOnce: 50 }

function setUp() {
  const time = { now: 0 }
  return { time, budgets: createBudgets(() => time.now, OPTIONS) }
}

function channelOf(node: string): FrameChannel & { bytes: { sent: number; received: number } } {
  const bytes = { sent: 0, received: 0 }
  return {
    peer: { node, certificate: '', notAfter: Infinity },
    bytes,
    send: async (frame) => void (bytes.sent += frame.length),
    receive: async () => new Uint8Array(0),
    async [Symbol.asyncDispose]() {},
  }
}

describe(createBudgets, () => {
  it('refuses a peer that opens more sessions than its share, and no other, until it has waited', async () => {
    const { budgets, time } = setUp()
    for (let i = 0; i < 20; i++) {
      expect(budgets.refusal('a')).toBeUndefined()
      await using _session = budgets.charged(channelOf('a'))
    }
    expect(budgets.refusal('a')).toBe('BUSY')
    expect(budgets.refusal('b')).toBeUndefined()
    time.now += 1_000
    expect(budgets.refusal('a')).toBeUndefined()
  })

  it('charges bytes, and forgives what goes far beyond', async () => {
    const { budgets, time } = setUp()
    {
      await using session = budgets.charged(channelOf('a'))
      await session.send(new Uint8Array(1_000_000))
    }
    expect(budgets.refusal('a')).toBe('BUSY')
    time.now += 10_001
    expect(budgets.refusal('a')).toBeUndefined()
  })

  it('charges the time between a message and its answer, and none that the peer takes', async () => {
    const { budgets, time } = setUp()
    const channel = channelOf('a')
    await using session = budgets.charged({
      ...channel,
      async receive() {
        time.now += 60_000
        return undefined
      },
    })
    await session.receive()
    expect(budgets.refusal('a')).toBeUndefined()
    time.now += 5_000
    await session.send(new Uint8Array(1))
    expect(budgets.refusal('a')).toBe('BUSY')
  })

  it('serves so many sessions at one time, whoever asks', () => {
    const { budgets } = setUp()
    for (let i = 0; i <= OPTIONS.atOnce; i++) budgets.charged(channelOf(`peer ${i}`))
    expect(budgets.refusal('somebody else')).toBe('BUSY')
  })
})
