import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createSlots } from './slots.ts'

const NEVER = new AbortController().signal

describe(createSlots, () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  it('gives places in the order of asking, as others give theirs back', async () => {
    const slots = createSlots(1, 1_000)
    const order: string[] = []
    const leave = await slots.take(NEVER)
    const second = slots.take(NEVER).then((done) => (order.push('second'), done))
    const third = slots.take(NEVER).then((done) => (order.push('third'), done))
    leave()
    ;(await second)()
    await third
    expect(order).toEqual(['second', 'third'])
  })

  it('gives a place to the next one when its holder keeps it for too long, and no second one when it ends then', async () => {
    const slots = createSlots(1, 1_000)
    const leave = await slots.take(NEVER)
    const second = slots.take(NEVER)
    await vi.advanceTimersByTimeAsync(1_000)
    await second
    leave()
    let isGiven = false
    void slots.take(NEVER).then(() => (isGiven = true))
    await vi.advanceTimersByTimeAsync(0)
    expect(isGiven).toBe(false)
  })

  it('forgets who stops waiting', async () => {
    const slots = createSlots(1, 1_000)
    const leave = await slots.take(NEVER)
    const stopping = new AbortController()
    const waiting = slots.take(stopping.signal)
    stopping.abort(new Error('stop'))
    await expect(waiting).rejects.toThrow('stop')
    leave()
    await slots.take(NEVER)
  })
})
