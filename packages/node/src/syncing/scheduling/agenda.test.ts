import type { Compartment } from '@intelmesh/protocol'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createAgenda } from './agenda.ts'

const ALL: readonly Compartment[] = ['control', 'clear', 'green']

function setUp(random: () => number = () => 0.5) {
  const time = { now: 0 }
  const agenda = createAgenda({ clock: () => time.now, random, compartments: ALL })
  return { agenda, time }
}

const nodesOf = (agenda: ReturnType<typeof createAgenda>) => agenda.due().map(({ node }) => node)

describe(createAgenda, () => {
  it('has whoever connects visited once, and again when it is connected anew, though nobody said so', () => {
    const { agenda, time } = setUp()
    agenda.follow([{ node: 'a', connectedAt: 1 }])
    expect(nodesOf(agenda)).toEqual(['a'])
    agenda.ended('a', 'equal')
    time.now = 10_000
    agenda.follow([{ node: 'a', connectedAt: 1 }])
    expect(nodesOf(agenda)).toEqual([])
    agenda.follow([{ node: 'a', connectedAt: 9_000 }])
    expect(nodesOf(agenda)).toEqual(['a'])
  })

  it('visits a peer that came back while it was being visited, once that visit has ended', () => {
    const { agenda, time } = setUp()
    agenda.follow([{ node: 'a', connectedAt: 1 }])
    agenda.due()
    agenda.follow([{ node: 'a', connectedAt: 2 }])
    expect(nodesOf(agenda)).toEqual([])
    agenda.ended('a', 'equal')
    time.now = 1_000
    expect(nodesOf(agenda)).toEqual(['a'])
  })

  it('keeps a wish that comes during a visit', () => {
    const { agenda, time } = setUp()
    agenda.follow([{ node: 'a', connectedAt: 1 }])
    agenda.due()
    agenda.wish('a', ['green'])
    agenda.ended('a', 'equal')
    time.now = 1_000
    expect(agenda.due()).toEqual([{ node: 'a', compartments: new Set(['green']) }])
  })

  it('waits longer and longer for a peer with which nothing moves, and never for more than a minute', () => {
    const { agenda, time } = setUp(() => 1)
    agenda.follow([{ node: 'a', connectedAt: 1 }])
    const waits: number[] = []
    for (let i = 0; i < 12; i++) {
      expect(nodesOf(agenda)).toEqual(['a'])
      agenda.ended('a', 'nothing')
      waits.push(agenda.nextAt - time.now)
      time.now = agenda.nextAt
    }
    expect(waits).toEqual([500, 1000, 2000, 4000, 8000, 16_000, 32_000, ...Array<number>(5).fill(60_000)])
    agenda.due()
    agenda.ended('a', 'progress')
    expect(agenda.nextAt - time.now).toBe(500)
  })

  it('chooses two peers of each compartment in a round, and only such as may have it', () => {
    const { agenda, time } = setUp(() => 0)
    const peers = ['a', 'b', 'c', 'd'].map((node) => ({ node, connectedAt: 1 }))
    agenda.follow(peers)
    for (const { node } of agenda.due()) agenda.ended(node, 'equal')
    time.now = 1_000
    agenda.round((node, compartment) => compartment !== 'green' || node >= 'c')
    const asked = Object.fromEntries(agenda.due().map(({ node, compartments }) => [node, [...compartments]]))
    expect(asked).toEqual({ a: ['control', 'clear'], b: ['control', 'clear'], c: ['green'], d: ['green'] })
  })

  it('loses no peer whose sets differ, whatever happens in whatever order', () => {
    const node = fc.constantFrom('a', 'b', 'c')
    const step = fc.oneof(
      fc.record({ does: fc.constant('connect' as const), node }),
      fc.record({ does: fc.constant('wish' as const), node }),
      fc.record({ does: fc.constant('due' as const), node }),
      fc.record({
        does: fc.constant('end' as const),
        node,
        end: fc.constantFrom('equal', 'progress', 'nothing' as const),
      }),
      fc.record({ does: fc.constant('wait' as const), node, ms: fc.nat(100_000) }),
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const { agenda, time } = setUp()
        const connected = new Map<string, number>()
        const underWay = new Set<string>()
        const unsettled = new Set<string>()
        let connections = 0
        for (const each of steps) {
          if (each.does === 'connect') connected.set(each.node, ++connections)
          if (each.does === 'connect') unsettled.add(each.node)
          if (each.does === 'wait') time.now += each.ms
          agenda.follow([...connected].map(([name, connectedAt]) => ({ node: name, connectedAt })))
          if (each.does === 'wish' && connected.has(each.node)) {
            agenda.wish(each.node)
            unsettled.add(each.node)
          }
          if (each.does === 'due')
            for (const due of agenda.due()) {
              expect(underWay.has(due.node)).toBe(false)
              underWay.add(due.node)
              unsettled.delete(due.node)
            }
          if (each.does === 'end' && underWay.delete(each.node)) {
            agenda.ended(each.node, each.end)
            if (each.end !== 'equal') unsettled.add(each.node)
          }
        }
        for (const name of underWay) agenda.ended(name, 'equal')
        time.now += 60_000
        expect(new Set(nodesOf(agenda))).toEqual(unsettled)
      }),
    )
  })
})
