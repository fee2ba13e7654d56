import { describe, expect, it } from 'vitest'
import type { FrameChannel } from '../../network/index.ts'
import { createBudgets } from './budgets.ts'

const OPTIONS = { sessions: 2, bytes: 1000, workMs: 500, burst: 10, atOnce: 64 }

function setUp() {
  const time = { now: 0, waited: 0 }
  const pause = async (ms: number) => {
    time.now += ms
    time.waited += ms
  }
  const budgets = createBudgets(() => time.now, pause, OPTIONS)
  /** What a peer that begins a session now is told. */
  const answer = async (node: string) => {
    await using session = budgets.charged(channelOf(node))
    return session.takePlace()
  }
  return { time, budgets, answer }
}

function channelOf(node: string): FrameChannel & { bytes: { sent: number; received: number } } {
  const bytes = { sent: 0, received: 0 }
  return {
    peer: { node, certificate: '', notAfter: Infinity },
    bytes,
    send: async (frame) => void (bytes.sent += frame.length),
    receive: async () => new Uint8Array(0),
    abort() {},
    async [Symbol.asyncDispose]() {},
  }
}

describe(createBudgets, () => {
  it('refuses a peer that opens more sessions than its share, and no other, until it has waited', async () => {
    const { answer, time } = setUp()
    for (let i = 0; i < 20; i++) expect(await answer('a')).toBeUndefined()
    expect(await answer('a')).toBe('BUSY')
    expect(await answer('b')).toBeUndefined()
    time.now += 1_000
    expect(await answer('a')).toBeUndefined()
  })

  it('charges bytes, and forgives what goes far beyond', async () => {
    const { answer, budgets, time } = setUp()
    {
      await using session = budgets.charged(channelOf('a'))
      await session.send(new Uint8Array(1_000_000))
    }
    expect(await answer('a')).toBe('BUSY')
    time.now += 10_001
    expect(await answer('a')).toBeUndefined()
  })

  it('charges the time between a message and its answer, and none that the peer takes', async () => {
    const { answer, budgets, time } = setUp()
    const channel = channelOf('a')
    await using session = budgets.charged({
      ...channel,
      async receive() {
        time.now += 60_000
        return undefined
      },
    })
    await session.receive()
    expect(await answer('a')).toBeUndefined()
    time.now += 6_000
    await session[Symbol.asyncDispose]()
    expect(await answer('a')).toBe('BUSY')
  })

  it('holds a session to what its peer may have, however long it goes on', async () => {
    const { budgets, time } = setUp()
    const channel = channelOf('a')
    await using session = budgets.charged(channel)
    let work = 0
    while (time.now < 600_000) {
      await session.receive()
      time.now += 400
      work += 400
      for (let i = 0; i < 5; i++) await session.send(new Uint8Array(100))
    }
    expect(work).toBeLessThan(0.5 * (600_000 + 11_000))
    expect(channel.bytes.sent).toBeLessThan(600_000 + 11_000)
    expect(time.waited).toBeGreaterThan(200_000)
  })

  it('lets no peer wait so long that it takes this node for dead', async () => {
    const { budgets, time } = setUp()
    await using session = budgets.charged(channelOf('a'))
    await session.receive()
    time.now += 3_600_000
    await session.send(new Uint8Array(1))
    expect(time.waited).toBeLessThanOrEqual(10_000)
  })

  it('has a place for whoever comes while others keep as many as they get', () => {
    const { budgets } = setUp()
    const silent = Array.from({ length: 16 }, (_, i) => `peer ${i}`)
    const told = silent.flatMap((node) =>
      Array.from({ length: 4 }, () => budgets.charged(channelOf(node)).takePlace()),
    )
    expect(told.filter((code) => code === undefined)).toHaveLength(48)
    expect(budgets.charged(channelOf('somebody else')).takePlace()).toBeUndefined()
    for (const node of silent) expect(budgets.charged(channelOf(node)).takePlace()).toBe('BUSY')
  })

  it('serves so many sessions at one time, whoever asks, and counts none that says nothing', async () => {
    const { answer, budgets } = setUp()
    for (let i = 0; i < 200; i++) budgets.charged(channelOf(`silent ${i}`))
    const sessions = Array.from({ length: 64 }, (_, i) => budgets.charged(channelOf(`peer ${i}`)))
    for (const session of sessions) expect(session.takePlace()).toBeUndefined()
    expect(await answer('somebody else')).toBe('BUSY')
    await sessions[0]?.[Symbol.asyncDispose]()
    expect(await answer('somebody else')).toBeUndefined()
  })
})
