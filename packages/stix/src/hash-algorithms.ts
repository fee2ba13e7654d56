import { isHex } from './hex.ts'

/** Hash algorithms of the open vocabulary and the digits of their values; 0 where the length varies. */
const HASH_DIGITS: ReadonlyMap<string, number> = new Map([
  ['MD5', 32],
  ['SHA-1', 40],
  ['SHA-256', 64],
  ['SHA-512', 128],
  ['SHA3-256', 64],
  ['SHA3-512', 128],
  ['SSDEEP', 0],
  ['TLSH', 0],
])

/**
 * True unless `value` cannot be a hash by `algorithm`. Algorithms the vocabulary does not list take any value.
 *
 * @see STIX 2.1 §2.7, §10.7 (hash-algorithm-ov)
 */
export function isHashValue(algorithm: string, value: string): boolean {
  const digits = HASH_DIGITS.get(algorithm)
  if (digits === undefined) return true
  if (digits > 0) return value.length === digits && isHex(value)
  return algorithm === 'TLSH' ? isTlsh(value) : isSsdeep(value)
}

function isTlsh(value: string): boolean {
  return (value.length === 70 || value.length === 72) && isPrintable(value)
}

function isSsdeep(value: string): boolean {
  return value.length > 0 && value.length <= 160 && isPrintable(value)
}

function isPrintable(value: string): boolean {
  for (let i = 0; i < value.length; i++) {
    const code = value.charCodeAt(i)
    if (code <= 0x20 || code > 0x7e) return false
  }
  return true
}
