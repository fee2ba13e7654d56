import type { Crypto, Signer } from '../crypto/index.ts'
import { verifySignature } from '../crypto/index.ts'
import {
  asArray,
  asMap,
  type CborLimits,
  type CborMap,
  decodeCbor,
  encodeCbor,
  EncodingError,
  type Struct,
} from '../encoding/index.ts'
import { MeshError } from '../errors.ts'

export type CoseErrorCode =
  | 'COSE_MALFORMED'
  | 'COSE_TYP_MISMATCH'
  | 'COSE_ALGORITHM_UNSUPPORTED'
  | 'COSE_SIGNATURE_INVALID'

/** A signed object is not what it is taken for. */
export class CoseError extends MeshError<CoseErrorCode> {
  override name = 'CoseError'
}

/** RFC 9052 section 4.2. */
const TAG_SIGN1 = 0xd2
/** RFC 9052 section 3.1, RFC 9596. */
const ALG = 1
const TYP = 16
/** RFC 9864: the fully specified Ed25519. */
const ED25519 = -19
const SIGNATURE_BYTES = 64
/** Room for tag, protected header and signature around a payload. */
const ENVELOPE_BYTES = 256
const EMPTY: CborMap = new Map()
const NO_AAD = new Uint8Array(0)

/** A kind of signed object: its `typ`, the table of its payload, and what its decoder accepts at most. */
export interface SignedKind<T> {
  readonly typ: string
  readonly payload: Struct<T>
  readonly limits: CborLimits
}

/** A signed object that was parsed but whose signature nobody has checked yet. */
export interface Unverified<T> {
  readonly claims: T
  /** A copy of the exact bytes that came, to be kept and relayed as they are. */
  readonly bytes: Uint8Array
  readonly signature: Uint8Array
  /** The bytes under the signature: the Sig_structure of RFC 9052 section 4.4. */
  readonly signed: Uint8Array
}

declare const verified: unique symbol
/** A signed object whose signature holds under the key it was checked with. Only {@link verifySign1} makes one. */
export type Verified<T> = Unverified<T> & { readonly [verified]: true }

/**
 * Signs `claims` as a COSE_Sign1 with protected `typ` and no unprotected header.
 *
 * @throws EncodingError for claims that no reader would accept: a node never signs what its peers refuse
 */
export async function sealSign1<T>(kind: SignedKind<T>, claims: T, signer: Signer): Promise<Uint8Array> {
  const header = protectedHeader(kind.typ)
  const payload = encodeCbor(kind.payload.encode(claims))
  kind.payload.decode(decodeCbor(payload, kind.limits), kind.payload.name)
  const signature = await signer.sign(signatureInput(header, payload))
  const body = encodeCbor([header, EMPTY, payload, signature])
  const bytes = new Uint8Array(body.length + 1)
  bytes[0] = TAG_SIGN1
  bytes.set(body, 1)
  return bytes
}

/**
 * Parses a COSE_Sign1 of the one expected `kind`. Nothing is proven yet.
 *
 * @throws CoseError COSE_MALFORMED, COSE_TYP_MISMATCH, COSE_ALGORITHM_UNSUPPORTED
 * @throws EncodingError for bytes or a payload outside the accepted form; NEWER_THAN_ME for a later version
 * @see docs/spec/encoding.md, "Signed objects"
 */
export function parseSign1<T>(kind: SignedKind<T>, bytes: Uint8Array): Unverified<T> {
  const { header, payload, signature } = splitSign1(kind.limits, bytes)
  assertHeader(header, kind.typ)
  return {
    claims: kind.payload.decode(decodeCbor(payload, kind.limits), kind.payload.name),
    // The caller may reuse its buffer while the signature is being verified.
    bytes: bytes.slice(),
    signature,
    signed: signatureInput(header, payload),
  }
}

/** @throws CoseError COSE_SIGNATURE_INVALID unless the object is signed by `publicKey` (32 bytes) */
export async function verifySign1<T>(
  crypto: Crypto,
  object: Unverified<T>,
  publicKey: Uint8Array,
): Promise<Verified<T>> {
  if (!(await verifySignature(crypto, publicKey, object.signed, object.signature))) {
    throw new CoseError('COSE_SIGNATURE_INVALID', 'the signature does not hold under the key it names')
  }
  return object as Verified<T>
}

/** The Sig_structure of RFC 9052 section 4.4 for a COSE_Sign1 without external data. */
export function signatureInput(header: Uint8Array, payload: Uint8Array): Uint8Array {
  return encodeCbor(['Signature1', header, NO_AAD, payload])
}

function protectedHeader(typ: string): Uint8Array {
  return encodeCbor(
    new Map<number, number | string>([
      [ALG, ED25519],
      [TYP, typ],
    ]),
  )
}

function splitSign1(
  limits: CborLimits,
  bytes: Uint8Array,
): { header: Uint8Array; payload: Uint8Array; signature: Uint8Array } {
  if (bytes[0] !== TAG_SIGN1) throw new CoseError('COSE_MALFORMED', 'expected the tag of a COSE_Sign1')
  const outer = { maxBytes: limits.maxBytes + ENVELOPE_BYTES, maxDepth: 2, maxItems: 8 }
  const parts = asArray(decodeCbor(bytes.subarray(1), outer), 'COSE_Sign1')
  const [header, unprotected, payload, signature] = parts
  if (
    parts.length !== 4 ||
    !(header instanceof Uint8Array && payload instanceof Uint8Array && signature instanceof Uint8Array) ||
    signature.length !== SIGNATURE_BYTES
  ) {
    throw new CoseError('COSE_MALFORMED', 'expected [protected, {}, payload, signature of 64 bytes]')
  }
  // Unprotected headers could be changed by anyone on the way: one object would have endless spellings.
  if (asMap(unprotected, 'unprotected header').size !== 0) {
    throw new CoseError('COSE_MALFORMED', 'expected an empty unprotected header')
  }
  return { header, payload, signature }
}

function assertHeader(bytes: Uint8Array, typ: string): void {
  const header = asMap(decodeCbor(bytes, { maxBytes: 128, maxDepth: 1, maxItems: 8 }), 'protected header')
  if (header.get(ALG) !== ED25519)
    throw new CoseError('COSE_ALGORITHM_UNSUPPORTED', 'expected alg -19 (Ed25519)')
  if (header.get(TYP) !== typ) throw new CoseError('COSE_TYP_MISMATCH', `expected typ ${typ}`)
  if (header.size !== 2)
    throw new EncodingError('STRUCT_MALFORMED', 'protected header: expected alg and typ alone')
}
