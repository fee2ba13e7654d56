/**
 * What a runtime lends to this package: the two primitives whose speed decides that of a node. Implementations
 * hold no state that changes an answer, and every one of them passes {@link selfTest} before it is used.
 */
export interface Crypto {
  /** SHA-256 (FIPS 180-4) of `bytes`, which are not read after the call: a fresh array of 32 bytes. */
  readonly sha256: (bytes: Uint8Array) => Uint8Array

  /**
   * Whether `[S]B = R + [k]A`, without the cofactor: the last rule of docs/spec/signatures.md. Callers use
   * {@link verifySignature}, which applies the other rules first. Never throws on lengths of 32 and 64 bytes;
   * a key that is no point gives false. The three arrays are not read after the call returns its promise.
   */
  readonly verifyEd25519: (
    publicKey: Uint8Array,
    message: Uint8Array,
    signature: Uint8Array,
  ) => boolean | Promise<boolean>
}

/** The part of {@link Crypto} that trees and identifiers need. */
export type Hasher = Pick<Crypto, 'sha256'>

/** Signs with one Ed25519 key that it does not show. */
export interface Signer {
  /** The 32-byte public key whose signatures {@link sign} makes. */
  readonly publicKey: Uint8Array

  /** The 64-byte signature over `message` (RFC 8032, section 5.1.6). The message is not read after the call returns. */
  readonly sign: (message: Uint8Array) => Uint8Array | Promise<Uint8Array>
}
