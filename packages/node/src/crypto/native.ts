import { createPrivateKey, createPublicKey, hash, sign, verify } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import type { Crypto, Signer } from '@intelmesh/protocol'

/**
 * The primitives of Node's OpenSSL: hashes on the calling thread, verifies on the thread pool, so that signatures are
 * checked side by side. Gives the portable backend's answers, which the start-up self-test compares.
 */
export const nativeCrypto: Crypto = {
  sha256,
  verifyEd25519,
}

/**
 * A {@link Signer} over a 32-byte secret seed that signs by OpenSSL. Its signatures equal those of `signerOf`: RFC 8032
 * leaves no choice.
 *
 * @throws RangeError when the seed is not 32 bytes
 */
export function nativeSignerOf(secretKey: Uint8Array): Signer {
  if (secretKey.length !== 32)
    throw new RangeError(`expected a secret seed of 32 bytes, got ${secretKey.length}`)
  const key = createPrivateKey({
    key: Buffer.concat([PKCS8_PREFIX, secretKey]),
    format: 'der',
    type: 'pkcs8',
  })
  const spki = createPublicKey(key).export({ format: 'der', type: 'spki' })
  const publicKey = new Uint8Array(spki.subarray(SPKI_PREFIX.length))
  return { publicKey, sign: (message) => new Uint8Array(sign(null, message, key)) }
}

/** OpenSSL's digest comes as text, since Node takes twice as long to make a buffer for it; each character is a byte. */
function sha256(bytes: Uint8Array): Uint8Array {
  const digest = hash('sha256', bytes, 'binary')
  const result = new Uint8Array(SHA256_BYTES)
  for (let i = 0; i < SHA256_BYTES; i++) result[i] = digest.charCodeAt(i)
  return result
}

const SHA256_BYTES = 32

/** Node copies the bytes before it returns, so that callers may reuse them. */
function verifyEd25519(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): Promise<boolean> {
  const key = keyObjectOf(publicKey)
  if (key === undefined) return Promise.resolve(false)
  return new Promise((resolve) => {
    // An error is a refusal: whatever OpenSSL could not judge is not verified.
    verify(null, message, key, signature, (error, valid) => resolve(error === null && valid))
  })
}

/** The imported key, or `undefined` when OpenSSL does not take it for one. */
function keyObjectOf(publicKey: Uint8Array): KeyObject | undefined {
  const name = Buffer.from(publicKey).toString('latin1')
  const key = importedKeys.get(name) ?? importKey(publicKey)
  if (key === undefined) return undefined
  // Set again, so that the first of the map is the one unused for longest.
  importedKeys.delete(name)
  importedKeys.set(name, key)
  if (importedKeys.size > MAX_IMPORTED_KEYS) importedKeys.delete(importedKeys.keys().next().value as string)
  return key
}

function importKey(publicKey: Uint8Array): KeyObject | undefined {
  try {
    return createPublicKey({ key: Buffer.concat([SPKI_PREFIX, publicKey]), format: 'der', type: 'spki' })
  } catch {
    return undefined
  }
}

/** Importing a key takes as long as a good part of a verification, and few authors write most batches. */
const importedKeys = new Map<string, KeyObject>()

/** A large cluster's keys, in some megabytes; strangers' keys push each other out. */
const MAX_IMPORTED_KEYS = 4_096

/** DER of a SubjectPublicKeyInfo for id-Ed25519 (RFC 8410, section 4) up to the 32 bytes of the key. */
const SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex')

/** DER of a PrivateKeyInfo for id-Ed25519 (RFC 8410, section 7) up to the 32 bytes of the seed. */
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex')
