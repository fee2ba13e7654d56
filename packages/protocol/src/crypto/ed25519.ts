import { isPoint, publicKeyOf, signEd25519 } from './curve.ts'
import { bytesOf } from './little-endian.ts'
import type { Crypto, Signer } from './ports.ts'

/** Why a signature is refused: the first rule that it breaks. @see docs/spec/signatures.md, "The acceptance rule" */
export type SignatureFault =
  | 'SIGNATURE_KEY_LENGTH'
  | 'SIGNATURE_LENGTH'
  | 'SIGNATURE_KEY_NOT_CANONICAL'
  | 'SIGNATURE_KEY_SMALL_ORDER'
  | 'SIGNATURE_R_NOT_CANONICAL'
  | 'SIGNATURE_R_SMALL_ORDER'
  | 'SIGNATURE_S_NOT_CANONICAL'
  | 'SIGNATURE_MISMATCH'

/**
 * Whether every node accepts `signature` (R ‖ S, 64 bytes) over `message` by the 32-byte `publicKey`. Never throws for
 * what the bytes are. {@link findSignatureFault} says why not.
 *
 * @see docs/spec/signatures.md, "The acceptance rule"
 */
export async function verifySignature(
  crypto: Crypto,
  publicKey: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
): Promise<boolean> {
  return (await findSignatureFault(crypto, publicKey, message, signature)) === undefined
}

/** As {@link verifySignature}, but gives the reason of a refusal, and `undefined` for a signature that every node accepts. */
export async function findSignatureFault(
  crypto: Crypto,
  publicKey: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
): Promise<SignatureFault | undefined> {
  // Backends differ on malformed input, between versions of one runtime too, so none is ever shown any.
  const fault = checkSignatureForm(publicKey, signature)
  if (fault !== undefined) return fault
  const valid = await crypto.verifyEd25519(publicKey, message, signature)
  return valid === true ? undefined : 'SIGNATURE_MISMATCH'
}

/**
 * The first of rules 1 to 5 that the bytes break, or `undefined`. Compares bytes only, in about a microsecond.
 *
 * @see docs/spec/signatures.md, "The acceptance rule"
 */
export function checkSignatureForm(publicKey: Uint8Array, signature: Uint8Array): SignatureFault | undefined {
  if (publicKey.length !== 32) return 'SIGNATURE_KEY_LENGTH'
  if (signature.length !== 64) return 'SIGNATURE_LENGTH'
  if (!isCanonicalEncoding(publicKey)) return 'SIGNATURE_KEY_NOT_CANONICAL'
  if (isSmallOrder(publicKey)) return 'SIGNATURE_KEY_SMALL_ORDER'
  const r = signature.subarray(0, 32)
  if (!isCanonicalEncoding(r)) return 'SIGNATURE_R_NOT_CANONICAL'
  if (isSmallOrder(r)) return 'SIGNATURE_R_SMALL_ORDER'
  if (!isBelow(signature.subarray(32), GROUP_ORDER)) return 'SIGNATURE_S_NOT_CANONICAL'
  return undefined
}

/**
 * Whether `bytes` may be somebody's key: 32 bytes, canonical, a point of the curve, and not of small order. Issuers and
 * readers of certificates both ask. Costs a square root in the field, so not for every signature.
 *
 * @see docs/spec/signatures.md, "Public keys"
 */
export function isPublicKey(bytes: Uint8Array): boolean {
  return bytes.length === 32 && isCanonicalEncoding(bytes) && !isSmallOrder(bytes) && isPoint(bytes)
}

/**
 * A portable {@link Signer} over a 32-byte secret seed. Keeps a copy of the seed: the caller may wipe its own.
 *
 * @throws RangeError when the seed is not 32 bytes
 */
export function signerOf(secretKey: Uint8Array): Signer {
  const seed = Uint8Array.from(secretKey)
  return { publicKey: publicKeyOf(seed), sign: (message) => signEd25519(seed, message) }
}

/** RFC 8032, section 5.1.3, steps 1 and 4: y below p, and no sign on x = 0, which is where y is 1 or -1. */
function isCanonicalEncoding(bytes: Uint8Array): boolean {
  const signed = (bytes[31] as number) > WITHOUT_SIGN
  return isBelow(bytes, FIELD_PRIME, WITHOUT_SIGN) && !(signed && SIGNLESS_Y.some((y) => hasY(bytes, y)))
}

function isSmallOrder(bytes: Uint8Array): boolean {
  return SMALL_ORDER_Y.some((y) => hasY(bytes, y))
}

/** Whether a point's encoding holds this y, whatever its sign bit. */
function hasY(bytes: Uint8Array, y: Uint8Array): boolean {
  for (let i = 0; i < 31; i++) if (bytes[i] !== y[i]) return false
  return ((bytes[31] as number) & WITHOUT_SIGN) === y[31]
}

/** Whether a little-endian number of 32 bytes, its top byte masked, is below the limit. */
function isBelow(bytes: Uint8Array, limit: Uint8Array, topMask = 0xff): boolean {
  for (let i = 31; i >= 0; i--) {
    const byte = (bytes[i] as number) & (i === 31 ? topMask : 0xff)
    const bound = limit[i] as number
    if (byte !== bound) return byte < bound
  }
  return false
}

/** Masks the top byte of an encoded point: its highest bit is the sign of x. */
const WITHOUT_SIGN = 0x7f

/** RFC 8032, section 5.1: p. */
const P = 2n ** 255n - 19n
const FIELD_PRIME = bytesOf(P)

/** RFC 8032, section 5.1: L. */
const GROUP_ORDER = bytesOf(2n ** 252n + 27742317777372353535851937790883648493n)

/** The y of the four points of order 8, up to sign: the root of d·y⁴ + 2·y² − 1 = 0, since doubling one gives y = 0. */
const ORDER_EIGHT_Y = 0x7a03ac9277fdc74ec6cc392cfa53202a0f67100d760b3cba4fd84d3d706a17c7n

/** The y of every point whose order divides 8: with either sign of x, these are the eight points of the torsion subgroup. */
const SMALL_ORDER_Y = [0n, 1n, P - 1n, ORDER_EIGHT_Y, P - ORDER_EIGHT_Y].map(bytesOf)

/** The y at which x is 0. */
const SIGNLESS_Y = [1n, P - 1n].map(bytesOf)
