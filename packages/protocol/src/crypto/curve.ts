import { getPublicKey, hashes, Point, sign } from '@noble/ed25519'
import { sha512 } from '@noble/hashes/sha2.js'
import { numberOf } from './little-endian.ts'

hashes.sha512 = sha512

/** The order of the base point: RFC 8032, section 5.1, "L". */
const { n: GROUP_ORDER } = Point.CURVE()

/**
 * Signs by RFC 8032, section 5.1.6: equal inputs give equal bytes. `secretKey` is the 32-byte seed.
 *
 * @throws RangeError when the seed is not 32 bytes
 */
export function signEd25519(secretKey: Uint8Array, message: Uint8Array): Uint8Array {
  return sign(message, secretKey)
}

/**
 * The 32-byte public key of a 32-byte secret seed (RFC 8032, section 5.1.5).
 *
 * @throws RangeError when the seed is not 32 bytes
 */
export function publicKeyOf(secretKey: Uint8Array): Uint8Array {
  return getPublicKey(secretKey)
}

/** Whether 32 bytes are the canonical encoding of a point of edwards25519 (RFC 8032, section 5.1.3). */
export function isPoint(bytes: Uint8Array): boolean {
  const name = bytes.join()
  const isKnown = points.has(name)
  if (!isKnown && decodePoint(bytes) === undefined) return false
  if (!isKnown && points.size >= MAX_POINTS) points.clear()
  points.add(name)
  return true
}

/** The root and the operator of a cluster are asked about with each of its certificates, and its members whenever they connect. */
const points = new Set<string>()
/** In a megabyte or two. */
const MAX_POINTS = 4_096

/**
 * Whether `[S]B = R + [k]A`, with k = SHA-512(R, A, message) mod L. Solves for R and compares encodings, as OpenSSL
 * does: noble's own `verify` multiplies both sides by the cofactor, and so accepts what OpenSSL refuses.
 */
export function holdsWithoutCofactor(
  publicKey: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
): boolean {
  const key = decodePoint(publicKey)
  const scalar = numberOf(signature.subarray(32, 64))
  if (key === undefined || scalar >= GROUP_ORDER) return false

  const encodedR = signature.subarray(0, 32)
  const challenge = sha512.create().update(encodedR).update(publicKey).update(message).digest()
  const k = numberOf(challenge) % GROUP_ORDER
  const point = Point.BASE.multiply(scalar, false).subtract(key.multiply(k, false))
  return point.toBytes().every((byte, i) => byte === encodedR[i])
}

function decodePoint(bytes: Uint8Array): Point | undefined {
  try {
    return Point.fromBytes(bytes, false)
  } catch {
    return undefined
  }
}
