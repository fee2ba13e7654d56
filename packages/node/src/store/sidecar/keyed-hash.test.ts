import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { hashBackward } from './keyed-hash.ts'

const KEY = Uint32Array.of(0x03020100, 0x07060504)

describe(hashBackward, () => {
  it('is HalfSipHash, of which the reference code gives vectors with 2 and 4 turns', () => {
    expect([1, 2, 3, 4, 5].map((length) => reference(countedUp(length), 2, 4))).toEqual([
      'be552412f8387315',
      '064f39ef7c50eb57',
      'ce0f1a45f7060679',
      'd5e78a175be52ea1',
      'cb9d7c3f2f3db580',
    ])
    const bytes = fc.uint8Array({ minLength: 1, maxLength: 300 })
    fc.assert(
      fc.property(bytes, (message) => {
        expect(hashOf(message)).toBe(reference(message, 1, 3))
      }),
    )
  })

  it('gives the hash of every part that a separator ends', () => {
    const text = Buffer.from('a.bc.def.com')
    const out = new Uint32Array(8)
    expect(hashBackward(KEY, 5, text, 0, text.length, 0x2e, 2, out)).toBe(4)
    const parts = ['com', 'def.com', 'bc.def.com', 'a.bc.def.com'].map((part) => {
      const whole = new Uint32Array(2)
      hashBackward(KEY, 5, Buffer.from(part), 0, part.length, -1, 2, whole)
      return whole
    })
    expect(parts.flatMap((words) => [...words])).toEqual([...out])
    const low = new Uint32Array(4)
    hashBackward(KEY, 5, text, 0, text.length, 0x2e, 1, low)
    expect([...low]).toEqual(parts.map(([word]) => word))
  })
})

function countedUp(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => i)
}

/** The first byte is the tag, the others are read from the last on. */
function hashOf(message: Uint8Array): string {
  const out = new Uint32Array(2)
  const rest = message.slice(1).toReversed()
  hashBackward(KEY, message[0] as number, rest, 0, rest.length, -1, 2, out)
  return hexOf(out)
}

function hexOf([low = 0, high = 0]: Iterable<number> & Uint32Array): string {
  const bytes = Buffer.alloc(8)
  bytes.writeUInt32LE(low, 0)
  bytes.writeUInt32LE(high, 4)
  return bytes.toString('hex')
}

/** HalfSipHash as its paper writes it, with any number of turns. */
function reference(message: Uint8Array, turns: number, lastTurns: number): string {
  const rotate = (word: number, by: number): number => ((word << by) | (word >>> (32 - by))) >>> 0
  const [key0 = 0, key1 = 0] = KEY
  let [v0, v1, v2, v3] = [key0, (key1 ^ 0xee) >>> 0, (key0 ^ 0x6c796765) >>> 0, (key1 ^ 0x74656462) >>> 0]
  const run = (count: number): void => {
    for (let i = 0; i < count; i++) {
      v0 = (v0 + v1) >>> 0
      v1 = (rotate(v1, 5) ^ v0) >>> 0
      v0 = rotate(v0, 16)
      v2 = (v2 + v3) >>> 0
      v3 = (rotate(v3, 8) ^ v2) >>> 0
      v0 = (v0 + v3) >>> 0
      v3 = (rotate(v3, 7) ^ v0) >>> 0
      v2 = (v2 + v1) >>> 0
      v1 = (rotate(v1, 13) ^ v2) >>> 0
      v2 = rotate(v2, 16)
    }
  }
  const padded = Buffer.alloc(message.length - (message.length % 4) + 4)
  padded.set(message)
  padded[padded.length - 1] = message.length & 0xff
  for (let at = 0; at < padded.length; at += 4) {
    const word = padded.readUInt32LE(at)
    v3 = (v3 ^ word) >>> 0
    run(turns)
    v0 = (v0 ^ word) >>> 0
  }
  v2 = (v2 ^ 0xee) >>> 0
  run(lastTurns)
  const low = (v1 ^ v3) >>> 0
  v1 = (v1 ^ 0xdd) >>> 0
  run(lastTurns)
  return hexOf(Uint32Array.of(low, (v1 ^ v3) >>> 0))
}
