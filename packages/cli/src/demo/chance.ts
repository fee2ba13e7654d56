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
  const next = wordsFrom(`${purpose}\n${seed}`)

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

/**
 * Words of 32 bits that look like chance. With 128 bits of state, no two of as many streams as a long run draws from ever meet.
 *
 * @see sfc32 of PractRand, in the public domain
 */
export function wordsFrom(seed: string): () => number {
  const start = createHash('sha256').update(seed).digest()
  let [a, b, c, counter] = [0, 4, 8, 12].map((at) => start.readUInt32LE(at)) as [
    number,
    number,
    number,
    number,
  ]

  return () => {
    const sum = (a + b + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (((c << 21) | (c >>> 11)) + sum) | 0
    return sum >>> 0
  }
}
