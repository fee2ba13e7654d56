import { finish, hashWhole, type HashKey } from './keyed-hash.ts'
import { encodeValue, valueText } from './value-text.ts'

/**
 * {@link hashWhole} of a value, of at most 8,192 UTF-16 units, as UTF-8. Read where it is, since writing it elsewhere takes as long as
 * hashing it, unless it has characters beyond ASCII.
 */
export function hashText(
  key: HashKey,
  tag: number,
  text: string,
  isBackward: boolean,
  out: Uint32Array,
): void {
  const { length } = text
  const key0 = (key[0] as number) | 0
  const key1 = (key[1] as number) | 0
  let v0 = key0
  let v1 = key1 ^ 0xee
  let v2 = key0 ^ 0x6c796765
  let v3 = key1 ^ 0x74656462
  let word = tag
  let shift = 8
  let all = 0
  for (let i = 0; i < length; i++) {
    const code = text.charCodeAt(isBackward ? length - 1 - i : i)
    all |= code
    word |= code << shift
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
  }
  if (all > 0x7f) hashWhole(key, tag, valueText, 0, encodeValue(text), isBackward, out)
  else finish(v0, v1, v2, v3, word | ((length + 1) << 24), 2, out, 0)
}
