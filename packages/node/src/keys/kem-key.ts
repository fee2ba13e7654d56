import { createPrivateKey, createPublicKey } from 'node:crypto'
import type { KemKey } from '@intelmesh/protocol'
import { Secret } from './secret.ts'

/** An X25519 key pair for HPKE: the public part as a certificate has it, and the 32-byte secret. */
export interface KemKeyPair {
  readonly key: KemKey
  readonly secret: Secret
}

/** Makes a key pair; `random` gives the secret (32 bytes) and the key id (8 bytes). Fresh at enrolment and at each renewal. */
export function createKemKey(random: (length: number) => Uint8Array): KemKeyPair {
  const secretKey = random(32)
  return { key: { id: random(8), publicKey: kemPublicKeyOf(secretKey) }, secret: new Secret(secretKey) }
}

/** The 32-byte X25519 public key of a secret key. RFC 7748 section 6.1. @throws RangeError when it is not 32 bytes */
export function kemPublicKeyOf(secretKey: Uint8Array): Uint8Array {
  if (secretKey.length !== 32)
    throw new RangeError(`expected a secret key of 32 bytes, got ${secretKey.length}`)
  const key = createPrivateKey({
    key: Buffer.concat([PKCS8_PREFIX, secretKey]),
    format: 'der',
    type: 'pkcs8',
  })
  const spki = createPublicKey(key).export({ format: 'der', type: 'spki' })
  return new Uint8Array(spki.subarray(spki.length - 32))
}

/** DER of a PrivateKeyInfo for id-X25519 (RFC 8410, section 7) up to the 32 bytes of the key. */
const PKCS8_PREFIX = Buffer.from('302e020100300506032b656e04220420', 'hex')
