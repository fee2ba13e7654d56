import { EncodingError } from './errors.ts'

const encoder = new TextEncoder()
const BASE64URL = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
/** The codes of the two digits of every byte, one after the other. */
const HEX: Uint8Array = encoder.encode(
  Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0')).join(''),
)
/** Digits of a hash: what is nearly always written. */
const HASH_DIGITS = new Uint8Array(64)
/** Digits put together at once; more arguments than that no function takes. */
const DIGITS_STEP = 4096

/** UTF-8 bytes of a string. */
export function utf8Bytes(text: string): Uint8Array {
  return encoder.encode(text)
}

/** Lower-case hexadecimal, two digits a byte. */
export function toHex(bytes: Uint8Array): string {
  const digits = bytes.length === 32 ? HASH_DIGITS : new Uint8Array(2 * bytes.length)
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i] as number
    digits[2 * i] = HEX[2 * byte] as number
    digits[2 * i + 1] = HEX[2 * byte + 1] as number
  }
  let text = ''
  for (let at = 0; at < digits.length; at += DIGITS_STEP)
    text += String.fromCharCode.apply(undefined, digits.subarray(at, at + DIGITS_STEP) as never)
  return text
}

/** @throws EncodingError TEXT_MALFORMED unless `text` is lower-case hexadecimal of whole bytes */
export function fromHex(text: string): Uint8Array {
  if (text.length % 2 !== 0) throw new EncodingError('TEXT_MALFORMED', 'expected whole bytes in hexadecimal')
  const bytes = new Uint8Array(text.length / 2)
  for (let i = 0; i < bytes.length; i++) {
    const high = digitOf(text.charCodeAt(2 * i))
    const low = digitOf(text.charCodeAt(2 * i + 1))
    if (high < 0 || low < 0) throw new EncodingError('TEXT_MALFORMED', 'expected lower-case hexadecimal')
    bytes[i] = high * 16 + low
  }
  return bytes
}

function digitOf(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30
  return code >= 0x61 && code <= 0x66 ? code - 0x57 : -1
}

/** base64url without padding, RFC 4648 section 5. */
export function toBase64url(bytes: Uint8Array): string {
  let text = ''
  for (let i = 0; i < bytes.length; i += 3) {
    const group = ((bytes[i] ?? 0) << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0)
    const digits = Math.min(bytes.length - i, 3) + 1
    for (let d = 0; d < digits; d++) text += BASE64URL[(group >> (18 - 6 * d)) & 63]
  }
  return text
}

/** @throws EncodingError TEXT_MALFORMED unless `text` is unpadded base64url in its one canonical spelling */
export function fromBase64url(text: string): Uint8Array {
  const bytes = new Uint8Array(Math.floor((text.length * 3) / 4))
  let group = 0
  let bits = 0
  let at = 0
  for (const digit of text) {
    const value = BASE64URL.indexOf(digit)
    if (value < 0) throw new EncodingError('TEXT_MALFORMED', 'expected base64url')
    group = ((group << 6) | value) & 0xfff
    bits += 6
    if (bits >= 8) {
      bits -= 8
      bytes[at++] = (group >> bits) & 0xff
    }
  }
  const spare = group & ((1 << bits) - 1)
  if (text.length % 4 === 1 || spare !== 0)
    throw new EncodingError('TEXT_MALFORMED', 'expected canonical base64url')
  return bytes
}

/** Joins byte arrays into a new one. */
export function concatBytes(...parts: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    joined.set(part, at)
    at += part.length
  }
  return joined
}

/** Order by bytes, a prefix first: negative, zero or positive. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const shared = Math.min(a.length, b.length)
  for (let i = 0; i < shared; i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0)
    if (difference !== 0) return difference
  }
  return a.length - b.length
}
