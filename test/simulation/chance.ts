import { wordsFrom } from '../../packages/cli/src/demo/chance.ts'

/** Everything that a run leaves to chance, from a seed: equal seeds make equal choices. */
export interface Chance {
  /** Evenly distributed, from 0 on and below 1. */
  next(): number
  /** A whole number from 0 on and below `limit`. */
  below(limit: number): number
  /** A number between two others. */
  between(least: number, most: number): number
  isTrue(probability: number): boolean
  /** @throws RangeError when there is nothing to pick from */
  pick<T>(items: readonly T[]): T
  /** The same items in another order. */
  shuffled<T>(items: readonly T[]): T[]
  bytes(length: number): Uint8Array
  /** Choices of their own, which neither change these nor are changed by them. */
  fork(name: string | number): Chance
}

export function createChance(seed: string): Chance {
  const word = wordsFrom(seed)
  const chance: Chance = {
    next: () => word() / 2 ** 32,
    below: (limit) => Math.floor(chance.next() * limit),
    between: (least, most) => least + chance.next() * (most - least),
    isTrue: (probability) => chance.next() < probability,
    pick<T>(items: readonly T[]): T {
      if (items.length === 0) throw new RangeError('expected something to pick from')
      return items[chance.below(items.length)] as T
    },
    shuffled<T>(items: readonly T[]): T[] {
      const left = [...items]
      return items.map(() => left.splice(chance.below(left.length), 1)[0] as T)
    },
    bytes: (length) => Uint8Array.from({ length }, () => word() & 0xff),
    fork: (name) => createChance(`${seed}/${name}`),
  }
  return chance
}
