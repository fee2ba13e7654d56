/** The two words of a HalfSipHash key. */
export type HashKey = Uint32Array

/** Where hashes are put out, and how much of them. */
export interface HashEnds {
  /** For each byte the one that is hashed for it, and above that what it ends: 0x100 a part before it, 0x200 one behind it. */
  readonly table: Uint16Array
  /** 1 for the lower 32 bits of each hash, which cost half as much; 2 for all of it. */
  readonly words: 1 | 2
  /** The hashes, `words` words each, the lower one first, from the shortest text to the whole. It has to be long enough. */
  readonly out: Uint32Array
  /** How many bytes were read for each. */
  readonly lengths: Uint32Array
}

/**
 * HalfSipHash-1-3 with 64 bits of output over the byte `tag` and then `bytes` from `start` to `end`; backwards, from the last byte
 * to the first. In one pass it gives the hashes of all parts that `ends` knows, such as the parents of a name that is read
 * backwards. Nothing is allocated, since `match` does this for every word of every line.
 *
 * @param skip bytes at the beginning in which no part ends
 * @returns how many hashes there are: at most as many as `ends.lengths` has places; the last one is of all
 * @see "SipHash: a fast short-input PRF" (Aumasson, Bernstein), and the reference code of its authors for HalfSipHash
 */
export function hashParts(
  key: HashKey,
  tag: number,
  bytes: Uint8Array,
  start: number,
  end: number,
  isBackward: boolean,
  skip: number,
  ends: HashEnds,
): number {
  const { table, words, out, lengths } = ends
  const most = lengths.length - 1
  // Signed, as all that comes of them: mixed, V8 would take them for floating-point numbers.
  const key0 = (key[0] as number) | 0
  const key1 = (key[1] as number) | 0
  let v0 = key0
  let v1 = key1 ^ 0xee
  let v2 = key0 ^ 0x6c796765
  let v3 = key1 ^ 0x74656462
  let word = tag
  let shift = 8
  let count = 0
  const length = end - start
  for (let read = 0; read < length; read++) {
    const entry = table[bytes[isBackward ? end - 1 - read : start + read] as number] as number
    const ending = entry > 0xff && read >= skip && count < most ? entry & 0x300 : 0
    if (ending === BEFORE) {
      finish(v0, v1, v2, v3, word | ((read + 1) << 24), words, out, count * words)
      lengths[count] = read
      count += 1
    }
    word |= (entry & 0xff) << shift
    shift += 8
    if (shift === 32) {
      v3 ^= word
      v0 = (v0 + v1) | 0
      v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0
      v0 = (v0 << 16) | (v0 >>> 16)
      v2 = (v2 + v3) | 0
      v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2
      v0 = (v0 + v3) | 0
      v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0
      v2 = (v2 + v1) | 0
      v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2
      v2 = (v2 << 16) | (v2 >>> 16)
      v0 ^= word
      word = 0
      shift = 0
    }
    if (ending === BEHIND && read + 1 < length) {
      finish(v0, v1, v2, v3, word | ((read + 2) << 24), words, out, count * words)
      lengths[count] = read + 1
      count += 1
    }
  }
  finish(v0, v1, v2, v3, word | ((length + 1) << 24), words, out, count * words)
  lengths[count] = length
  return count + 1
}

/** {@link hashParts} of the whole alone, all 64 bits of it. */
export function hashWhole(
  key: HashKey,
  tag: number,
  bytes: Uint8Array,
  start: number,
  end: number,
  isBackward: boolean,
  out: Uint32Array,
): void {
  hashParts(key, tag, bytes, start, end, isBackward, 0, WHOLE)
  out[0] = WHOLE.out[0] as number
  out[1] = WHOLE.out[1] as number
}

/** Takes the last block into a state, and writes 32 or 64 bits of hash to `out`, from `at` on. */
export function finish(
  s0: number,
  s1: number,
  s2: number,
  s3: number,
  last: number,
  words: 1 | 2,
  out: Uint32Array,
  at: number,
): void {
  let v0 = s0
  let v1 = s1
  let v2 = s2
  let v3 = s3 ^ last
  for (let turn = 0; turn < words * 3 + 1; turn++) {
    v0 = (v0 + v1) | 0
    v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0
    v0 = (v0 << 16) | (v0 >>> 16)
    v2 = (v2 + v3) | 0
    v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2
    v0 = (v0 + v3) | 0
    v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0
    v2 = (v2 + v1) | 0
    v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2
    v2 = (v2 << 16) | (v2 >>> 16)
    // One turn for the last block, and three for each word of output.
    if (turn === 0) {
      v0 ^= last
      v2 ^= 0xee
    } else if (turn === 3) {
      out[at] = v1 ^ v3
      v1 ^= 0xdd
    }
  }
  if (words === 2) out[at + 1] = v1 ^ v3
}

/**
 * A table for {@link HashEnds} that changes no byte but by `map`.
 *
 * @param endings of characters: whether a part ends before or behind them
 */
export function hashTable(
  endings: Readonly<Record<string, 'before' | 'behind'>> = {},
  map: (byte: number) => number = (byte) => byte,
): Uint16Array {
  return Uint16Array.from({ length: 256 }, (_, byte) => {
    const ending = endings[String.fromCharCode(byte)]
    return map(byte) | (ending === undefined ? 0 : ending === 'before' ? BEFORE : BEHIND)
  })
}

const BEFORE = 0x100
const BEHIND = 0x200

const WHOLE: HashEnds = {
  table: hashTable(),
  words: 2,
  out: new Uint32Array(2),
  lengths: new Uint32Array(1),
}
