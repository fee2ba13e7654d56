import { createCipheriv, createDecipheriv, createSecretKey, type KeyObject } from 'node:crypto'
import type { ICryptoInterface } from '@libp2p/noise'
import { defaultCrypto } from '@libp2p/noise/crypto'

const CIPHER = 'chacha20-poly1305'
const TAG_BYTES = 16
/** Below, the WebAssembly that Noise brings along is faster than a call into OpenSSL. */
const NATIVE_BYTES = 512

/**
 * The cryptography of Noise with OpenSSL's ChaCha20-Poly1305 for all but small frames, and each key imported once: done anew for each
 * frame, as Noise does by itself, that takes longer than to encrypt a kilobyte.
 *
 * @see docs/spec/channel.md
 */
export const noiseCipher: ICryptoInterface = {
  ...defaultCrypto,
  chaCha20Poly1305Encrypt(plaintext, nonce, ad, k) {
    if (plaintext.byteLength < NATIVE_BYTES)
      return defaultCrypto.chaCha20Poly1305Encrypt(plaintext, nonce, ad, k)
    const cipher = createCipheriv(CIPHER, keyOf(k), nonce, { authTagLength: TAG_BYTES })
    cipher.setAAD(ad, { plaintextLength: plaintext.byteLength })
    const encrypted = cipher.update(plaintext.subarray())
    cipher.final()
    return Buffer.concat([encrypted, cipher.getAuthTag()])
  },
  /** @throws Error when the tag is not that of the text */
  chaCha20Poly1305Decrypt(ciphertext, nonce, ad, k, room) {
    const textBytes = ciphertext.byteLength - TAG_BYTES
    if (textBytes < NATIVE_BYTES) return defaultCrypto.chaCha20Poly1305Decrypt(ciphertext, nonce, ad, k, room)
    const bytes = ciphertext.subarray()
    const decipher = createDecipheriv(CIPHER, keyOf(k), nonce, { authTagLength: TAG_BYTES })
    decipher.setAAD(ad, { plaintextLength: textBytes })
    decipher.setAuthTag(bytes.subarray(textBytes))
    const text = decipher.update(bytes.subarray(0, textBytes))
    decipher.final()
    return text
  },
}

/** Noise keeps the bytes of a key for as long as the connection lasts, and never writes into them. */
function keyOf(bytes: Uint8Array): KeyObject {
  const known = imported.get(bytes)
  if (known !== undefined) return known
  const key = createSecretKey(bytes)
  imported.set(bytes, key)
  return key
}

const imported = new WeakMap<Uint8Array, KeyObject>()
