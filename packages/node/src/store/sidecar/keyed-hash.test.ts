import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { hashText } from './hash-text.ts'
import { type HashEnds, hashParts, hashTable, hashWhole } from './keyed-hash.ts'

const KEY = Uint32Array.of(0x03020100, 0x07060504)

describe(hashParts, () => {
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

  it('gives the hash of every part that ends before a byte, read backwards', () => {
    const text = Buffer.from('a.bc.def.com')
    const ends = endsAt('.', 'before', 8)
    expect(hashParts(KEY, 5, text, 0, text.length, true, 0, ends)).toBe(4)
    const parts = ['com', 'def.com', 'bc.def.com', 'a.bc.def.com']
    expect([...ends.out.subarray(0, 8)]).toEqual(parts.flatMap((part) => wordsOf(part, true)))
    expect([...ends.lengths.subarray(0, 4)]).toEqual(parts.map(({ length }) => length))
    const low: HashEnds = { ...ends, words: 1, out: new Uint32Array(8) }
    hashParts(KEY, 5, text, 0, text.length, true, 0, low)
    expect([...low.out.subarray(0, 4)]).toEqual(parts.map((part) => wordsOf(part, true)[0]))
  })

  it('gives the hash of every part that ends behind a byte, after some, as far as there is room', () => {
    const text = Buffer.from('//a/b/c/')
    const ends = endsAt('/', 'behind', 8)
    expect(hashParts(KEY, 5, text, 0, text.length, false, 2, ends)).toBe(3)
    expect([...ends.out.subarray(0, 6)]).toEqual(
      ['//a/', '//a/b/', '//a/b/c/'].flatMap((part) => wordsOf(part, false)),
    )
    expect(hashParts(KEY, 5, text, 0, text.length, false, 2, endsAt('/', 'behind', 2))).toBe(2)
  })
})

describe(hashText, () => {
  it('is the hash of the UTF-8 of a text, read either way', () => {
    const text = fc.oneof(fc.string({ maxLength: 99 }), fc.string({ unit: 'binary', maxLength: 99 }))
    fc.assert(
      fc.property(text, fc.boolean(), (value, isBackward) => {
        const out = new Uint32Array(2)
        hashText(KEY, 5, value, isBackward, out)
        expect([...out]).toEqual(wordsOf(value, isBackward))
      }),
    )
  })
})

function endsAt(byte: string, ending: 'before' | 'behind', places: number): HashEnds {
  return {
    table: hashTable({ [byte]: ending }),
    words: 2,
    out: new Uint32Array(2 * places),
    lengths: new Uint32Array(places),
  }
}

function wordsOf(text: string, isBackward: boolean): readonly number[] {
  const out = new Uint32Array(2)
  const bytes = Buffer.from(text)
  hashWhole(KEY, 5, bytes, 0, bytes.length, isBackward, out)
  return [...out]
}

function countedUp(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => i)
}

/** The first byte is the tag. */
function hashOf(message: Uint8Array): string {
  const out = new Uint32Array(2)
  hashWhole(KEY, message[0] as number, message, 1, message.length, false, out)
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
