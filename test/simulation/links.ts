import type { Chance } from './chance.ts'

/** How the network may fall apart. In a ring, each reaches its neighbours; over a bridge, one reaches both halves. */
export const SHAPES = ['halves', 'ring', 'bridge', 'one-way'] as const
export type Shape = (typeof SHAPES)[number]

/** What carries messages between nodes, as it is at the moment. */
export interface Links {
  /** The share of messages that are lost. */
  loss: number
  /** The least and the most that a message takes, in ms: those of one moment overtake each other. */
  delay: readonly [number, number]
  /** The share of streams that break over a frame. */
  breaks: number
  isCut(from: string, to: string): boolean
  cut(shape: Shape): void
  heal(): void
}

export function createLinks(names: readonly string[], chance: Chance): Links {
  const cuts = new Set<string>()

  const shapes: Readonly<Record<Shape, (order: readonly string[]) => (from: number, to: number) => boolean>> =
    {
      halves:
        ({ length }) =>
        (from, to) =>
          from < length / 2 === to < length / 2,
      ring:
        ({ length }) =>
        (from, to) =>
          [1, length - 1].includes((from - to + length) % length),
      bridge:
        ({ length }) =>
        (from, to) =>
          from === 0 || to === 0 || from < length / 2 === to < length / 2,
      'one-way':
        ({ length }) =>
        (from, to) =>
          from < length / 2 || to >= length / 2,
    }

  const links: Links = {
    loss: 0,
    delay: [1, 50],
    breaks: 0,
    isCut: (from, to) => cuts.has(`${from}>${to}`),
    cut(shape) {
      cuts.clear()
      const order = chance.shuffled(names)
      const reaches = shapes[shape](order)
      for (const [i, from] of order.entries())
        for (const [j, to] of order.entries()) if (i !== j && !reaches(i, j)) cuts.add(`${from}>${to}`)
    },
    heal: () => cuts.clear(),
  }
  return links
}
