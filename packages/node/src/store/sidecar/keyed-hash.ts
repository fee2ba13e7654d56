/** The two words of a HalfSipHash key. */
export type HashKey = Uint32Array

/**
 * HalfSipHash-1-3 with 64 bits of output over the byte `tag` and then `bytes` from `end` down to `start`. Read backwards, a name
 * gives the hashes of all its parents in one pass: whenever `separator` comes, the hash of what was read so far is put out as
 * well. Nothing is allocated, since `match` does this for every word of every line.
 *
 * @param separator a byte, or -1 for none
 * @param words 1 for the lower 32 bits of each hash, which cost half as much; 2 for all of it
 * @param out takes `words` words for each hash, the lower one first, from the shortest text to the whole; it has to be long enough
 * @returns how many hashes there are
 * @see "SipHash: a fast short-input PRF" (Aumasson, Bernstein), and the reference code of its authors for HalfSipHash
 */
export function hashBackward(
  key: HashKey,
  tag: number,
  bytes: Uint8Array,
  start: number,
  end: number,
  separator: number,
  words: 1 | 2,
  out: Uint32Array,
): number {
  // Signed, as all that comes of them: mixed, V8 would take them for floating-point numbers.
  const key0 = (key[0] as number) | 0
  const key1 = (key[1] as number) | 0
  let v0 = key0
  let v1 = key1 ^ 0xee
  let v2 = key0 ^ 0x6c796765
  let v3 = key1 ^ 0x74656462
  let word = tag
  let shift = 8
  let at = 0
  for (let i = end - 1; i >= start; i--) {
    const byte = bytes[i] as number
    if (byte === separator) {
      finish(v0, v1, v2, v3, word | ((end - i) << 24), words, out, at)
      at += words
    }
    word |= byte << shift
    shift += 8
    if (shift < 32) continue
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
  finish(v0, v1, v2, v3, word | ((end - start + 1) << 24), words, out, at)
  return at / words + 1
}

/** Takes the last block in, and writes the result. */
function finish(
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
  const turns = words === 1 ? ONE_WORD_TURNS : TWO_WORD_TURNS
  for (let turn = 1; turn <= turns; turn++) {
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
    if (turn === 1) {
      v0 ^= last
      v2 ^= 0xee
    } else if (turn === ONE_WORD_TURNS) {
      out[at] = v1 ^ v3
      v1 ^= 0xdd
    }
  }
  if (words === 2) out[at + 1] = v1 ^ v3
}

/** One for the last block, and three for each word of output. */
const ONE_WORD_TURNS = 4
const TWO_WORD_TURNS = 7
