import { describe, expect, it } from 'vitest'
import { createLanes, type Lane, laneOf, type Lanes, type Place } from './lanes.ts'

const MIB = 1024 * 1024
const JUDGING = 128

/** Fills every place to be judged in, and gives those places. */
async function fill(lanes: Lanes, lane: Lane = 'own'): Promise<Place[]> {
  return Promise.all(Array.from({ length: JUDGING }, () => lanes.enter(lane, 1) as Promise<Place>))
}

describe(createLanes, () => {
  it('takes first things first, and lets nobody starve', async () => {
    const lanes = createLanes()
    const judging = await fill(lanes)
    const started: Lane[] = []
    const order: readonly Lane[] = ['asked', 'gossip', 'own', 'alert']
    for (const lane of order)
      for (let i = 0; i < 10; i++)
        void lanes.enter(lane, 1)?.then((place) => {
          started.push(lane)
          place.judged()
        })
    for (const place of judging) place.judged()
    await drained()
    expect(started).toHaveLength(40)
    expect(started.slice(0, 6).every((lane) => lane === 'alert')).toBe(true)
    expect(started.indexOf('asked')).toBeLessThan(12)
    expect(started.lastIndexOf('own')).toBeLessThan(started.lastIndexOf('gossip'))
  })

  it('lets more in when half of a full house is judged, many at once', async () => {
    const lanes = createLanes()
    const judging = await fill(lanes)
    let started = 0
    for (let i = 0; i < JUDGING; i++) void lanes.enter('own', 1)?.then(() => started++)
    for (const place of judging.slice(2, JUDGING / 2)) place.judged()
    await drained()
    expect(started).toBe(0)
    // What is urgent takes the next place.
    const urgent = await (lanes.enter('alert', 1) as Promise<Place>)
    for (const place of judging.slice(0, 2)) place.judged()
    await drained()
    expect(started).toBe(0)
    urgent.judged()
    await drained()
    expect(started).toBe(JUDGING / 2)
  })

  it('lets go of gossip that does not fit, until some of it is stored', async () => {
    const lanes = createLanes()
    const places = await Promise.all(
      Array.from({ length: 32 }, () => lanes.enter('gossip', MIB) as Promise<Place>),
    )
    expect(lanes.enter('gossip', 1)).toBeUndefined()
    // Each lane has room of its own.
    for (const lane of ['alert', 'own', 'asked'] as const) expect(lanes.enter(lane, 1)).toBeDefined()
    places[0]?.judged()
    expect(lanes.enter('gossip', 1)).toBeUndefined()
    places[0]?.left()
    expect(lanes.enter('gossip', MIB)).toBeDefined()
    expect(lanes.enter('gossip', 1)).toBeUndefined()
  })

  it('makes who was asked wait, and starts what is larger than its lane alone', async () => {
    const lanes = createLanes()
    const first = await (lanes.enter('asked', 100 * MIB) as Promise<Place>)
    let isStarted = false
    const second = lanes.enter('asked', 1)?.then((place) => {
      isStarted = true
      return place
    })
    first.judged()
    await drained()
    expect(isStarted).toBe(false)
    first.left()
    await second
    expect(isStarted).toBe(true)
  })
})

describe(laneOf, () => {
  it('goes by who sent it', () => {
    expect(laneOf({ kind: 'self' })).toBe('own')
    expect(laneOf({ kind: 'peer', node: 'a' })).toBe('gossip')
    expect(laneOf({ kind: 'peer', node: 'a' }, new Uint8Array(9))).toBe('gossip')
    for (const source of [{ kind: 'asked', node: 'a' }, { kind: 'file' }, { kind: 'shelf' }] as const)
      expect(laneOf(source)).toBe('asked')
  })
})

async function drained(): Promise<void> {
  for (let i = 0; i < 200; i++) await Promise.resolve()
}
