import { createHash } from 'node:crypto'

/** Choices that look like chance and are the same for the same seed. Not for secrets. */
export interface Chance {
  /** A whole number from 0 up to, not including, `limit`. */
  below(limit: number): number
  /** @throws RangeError of an empty list */
  pick<T>(items: readonly T[]): T
  shuffle<T>(items: readonly T[]): T[]
  /** A version-4 UUID in small letters. */
  uuid(): string
}

/** Each purpose has a stream of its own, so that what one step draws does not move the choices of the next. */
export function createChance(seed: string, purpose: string): Chance {
  let state = createHash('sha256').update(`${purpose}\n${seed}`).digest().readUInt32LE()

  /** Mulberry32 by Tommy Ettinger, in the public domain. */
  function next(): number {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return (mixed ^ (mixed >>> 14)) >>> 0
  }

  function below(limit: number): number {
    return Math.floor((next() / 2 ** 32) * limit)
  }

  return {
    below,
    pick<T>(items: readonly T[]): T {
      if (items.length === 0) throw new RangeError('expected something to pick from, got an empty list')
      return items[below(items.length)] as T
    },
    shuffle<T>(items: readonly T[]): T[] {
      const shuffled = [...items]
      for (let i = shuffled.length - 1; i > 0; i--) {
        const j = below(i + 1)
        ;[shuffled[i], shuffled[j]] = [shuffled[j] as T, shuffled[i] as T]
      }
      return shuffled
    },
    uuid() {
      const bytes = Buffer.alloc(16)
      for (let i = 0; i < 16; i += 4) bytes.writeUInt32LE(next(), i)
      bytes[6] = ((bytes[6] as number) & 0x0f) | 0x40
      bytes[8] = ((bytes[8] as number) & 0x3f) | 0x80
      return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
    },
  }
}
