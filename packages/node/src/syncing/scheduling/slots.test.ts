import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createSlots } from './slots.ts'

const NEVER = new AbortController().signal
const LEASE = { windowMs: 1_000, least: 100, windows: 3 }
const nothing = (): number => 0

describe(createSlots, () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  it('gives places in the order of asking, as others give theirs back', async () => {
    const slots = createSlots(1, LEASE)
    const order: string[] = []
    const leave = await slots.take(NEVER, nothing)
    const second = slots.take(NEVER, nothing).then((done) => (order.push('second'), done))
    const third = slots.take(NEVER, nothing).then((done) => (order.push('third'), done))
    leave()
    ;(await second)()
    await third
    expect(order).toEqual(['second', 'third'])
  })

  it('gives a place to the next one when its holder brings nothing, and no second one when it ends then', async () => {
    const slots = createSlots(1, LEASE)
    const leave = await slots.take(NEVER, nothing)
    const second = slots.take(NEVER, nothing)
    await vi.advanceTimersByTimeAsync(1_000)
    await second
    leave()
    let isGiven = false
    void slots.take(NEVER, nothing).then(() => (isGiven = true))
    await vi.advanceTimersByTimeAsync(0)
    expect(isGiven).toBe(false)
  })

  it('leaves a place to its holder for as long as that brings enough, and not for ever', async () => {
    const slots = createSlots(1, LEASE)
    let bytes = 0
    await slots.take(NEVER, () => bytes)
    let isGiven = false
    void slots.take(NEVER, nothing).then(() => (isGiven = true))
    const given: boolean[] = []
    for (let window = 0; window < 3; window++) {
      bytes += 100
      await vi.advanceTimersByTimeAsync(1_000)
      given.push(isGiven)
    }
    expect(given).toEqual([false, false, true])
  })

  it('forgets who stops waiting', async () => {
    const slots = createSlots(1, LEASE)
    const leave = await slots.take(NEVER, nothing)
    const stopping = new AbortController()
    const waiting = slots.take(stopping.signal, nothing)
    stopping.abort(new Error('stop'))
    await expect(waiting).rejects.toThrow('stop')
    leave()
    await slots.take(NEVER, nothing)
  })
})
