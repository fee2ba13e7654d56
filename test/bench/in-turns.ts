import type { Pair } from './row.ts'

/** What is measured, and what it is measured against. */
export type Measures = Readonly<Record<keyof Pair, () => number | Promise<number>>>

/** Measures both, one right after the other: ours first in even runs, the yardstick first in odd ones. */
export async function inTurns({ ours, yardstick }: Measures, number: number): Promise<Pair> {
  if (number % 2 === 0) {
    const first = await ours()
    return { ours: first, yardstick: await yardstick() }
  }
  const first = await yardstick()
  return { ours: await ours(), yardstick: first }
}
