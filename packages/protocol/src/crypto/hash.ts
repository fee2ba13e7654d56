import { hkdf } from '@noble/hashes/hkdf.js'
import { hmac } from '@noble/hashes/hmac.js'
import { sha256 as nobleSha256 } from '@noble/hashes/sha2.js'

/** SHA-256 (FIPS 180-4) of the parts put end to end: 32 bytes. Lengths are not hashed; the caller frames its parts. */
export function sha256(...parts: readonly Uint8Array[]): Uint8Array {
  const hash = nobleSha256.create()
  for (const part of parts) hash.update(part)
  return hash.digest()
}

/** HMAC-SHA-256 (RFC 2104): a 32-byte tag. Compare tags with {@link equalBytes}. */
export function hmacSha256(key: Uint8Array, message: Uint8Array): Uint8Array {
  return hmac(nobleSha256, key, message)
}

/**
 * Derives `length` bytes, 1 to 8,160, by HKDF-SHA-256 (RFC 5869). `ikm` is the secret and need not be uniform; `salt` may
 * be public or empty; `info` says what the key is for, and different words give unrelated keys.
 *
 * @throws RangeError when `length` is not a whole number from 1 to 8,160
 */
export function hkdfSha256(ikm: Uint8Array, salt: Uint8Array, info: Uint8Array, length: number): Uint8Array {
  if (!Number.isInteger(length) || length < 1 || length > MAX_HKDF_BYTES) {
    throw new RangeError(`expected a key length from 1 to ${MAX_HKDF_BYTES} bytes, got ${length}`)
  }
  return hkdf(nobleSha256, ikm, salt, info, length)
}

/** RFC 5869, section 2.3: at most 255 blocks of hash output. */
const MAX_HKDF_BYTES = 255 * 32
