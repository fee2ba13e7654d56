import type { Crypto } from '../crypto/index.ts'
import { asMap, type CborValue, concatBytes, type FieldType } from '../encoding/index.ts'
import { CoseError } from './sign1.ts'

/** COSE_Key labels and values, RFC 9053 section 7.2. */
const KTY = 1
const OKP = 1
const CRV = -1
const ED25519 = 6
const X = -2

/** Deterministic encoding of {1: 1, -1: 6, -2: x} up to x. */
const THUMBPRINT_PREFIX = new Uint8Array([0xa3, 0x01, 0x01, 0x20, 0x06, 0x21, 0x58, 0x20])

/** An Ed25519 public key (32 bytes) as COSE_Key. */
export const coseKey: FieldType<Uint8Array> = {
  encode: (publicKey) =>
    new Map<number, CborValue>([
      [KTY, OKP],
      [CRV, ED25519],
      [X, publicKey],
    ]),
  decode(value, path) {
    const key = asMap(value, path)
    const x = key.get(X)
    if (
      key.size !== 3 ||
      key.get(KTY) !== OKP ||
      key.get(CRV) !== ED25519 ||
      !(x instanceof Uint8Array) ||
      x.length !== 32
    ) {
      throw new CoseError('COSE_MALFORMED', `${path}: expected an Ed25519 COSE_Key`)
    }
    return x
  },
}

/** The confirmation claim of RFC 8747 section 3.1 that holds a COSE_Key. */
export const confirmation: FieldType<Uint8Array> = {
  encode: (publicKey) => new Map([[1, coseKey.encode(publicKey)]]),
  decode(value, path) {
    const claim = asMap(value, path)
    if (claim.size !== 1) throw new CoseError('COSE_MALFORMED', `${path}: expected one COSE_Key`)
    return coseKey.decode(claim.get(1) ?? null, path)
  },
}

/** Key id: the COSE Key Thumbprint of an Ed25519 public key, 32 bytes. RFC 9679 section 5. */
export function keyIdOf(crypto: Crypto, publicKey: Uint8Array): Uint8Array {
  return crypto.sha256(concatBytes(THUMBPRINT_PREFIX, publicKey))
}
