import { createCipheriv, createDecipheriv, randomBytes, scrypt } from 'node:crypto'
import { type FileHandle, open } from 'node:fs/promises'
import { type KemKey, publicKeyOf } from '@intelmesh/protocol'
import { codeOf, compareBytes } from '@intelmesh/protocol'
import { HomeError } from '../errors.ts'
import { kemPublicKeyOf, type KemKeyPair } from './kem-key.ts'
import {
  associatedData,
  formatKeyDocument,
  type KeyAlgorithm,
  type KeyDocument,
  type LockedDocument,
  MAX_KEY_FILE_BYTES,
  parseKeyDocument,
  SCRYPT_COSTS,
  type ScryptCosts,
} from './key-format.ts'
import { Secret } from './secret.ts'
import { writeNewFile } from './write-new-file.ts'

/** How a secret rests on disk: readable by its owner alone, or sealed under a passphrase as well. */
export type KeyProtection =
  | { readonly kind: 'plain' }
  | { readonly kind: 'passphrase'; readonly passphrase: Uint8Array }

/** A key as it is read back. */
export interface StoredKey {
  readonly algorithm: KeyAlgorithm
  /** 32 bytes. */
  readonly publicKey: Uint8Array
  /** Of an X25519 key: its id, 8 bytes. */
  readonly keyId?: Uint8Array
  /** 32 bytes: an Ed25519 seed, or an X25519 secret key. */
  readonly secret: Secret
}

/**
 * Writes an Ed25519 seed (32 bytes) to a new file of mode 0600. It is on disk when this returns.
 *
 * @throws HomeError HOME_EXISTS when there is such a file; it is left alone
 * @see docs/spec/enrolment.md, "Key files"
 */
export function createKeyFile(path: string, secretKey: Uint8Array, protection: KeyProtection): Promise<void> {
  return write(path, { algorithm: 'ed25519', publicKey: publicKeyOf(secretKey), secretKey }, protection)
}

/** As {@link createKeyFile}, for an X25519 key pair. @throws HomeError HOME_EXISTS */
export function createKemKeyFile(
  path: string,
  { key, secret }: KemKeyPair,
  protection: KeyProtection,
): Promise<void> {
  const document = {
    algorithm: 'x25519',
    publicKey: key.publicKey,
    keyId: key.id,
    secretKey: secret.expose(),
  } as const
  return write(path, document, protection)
}

/**
 * Reads a key file. A passphrase given for a plain file is not used.
 *
 * @throws HomeError KEY_MISSING, KEY_PERMISSIONS, KEY_LOCKED, KEY_PASSPHRASE_WRONG, HOME_DAMAGED
 */
export async function readKeyFile(path: string, passphrase?: Uint8Array): Promise<StoredKey> {
  const document = await readDocument(path)
  const secretKey =
    document.protection === 'plain' ? document.secretKey : await unlock(document, path, passphrase)
  if (compareBytes(PUBLIC_KEY_OF[document.algorithm](secretKey), document.publicKey) !== 0) {
    throw new HomeError(
      'HOME_DAMAGED',
      `${path} names another public key than its secret has: restore it from a backup`,
    )
  }
  const { algorithm, publicKey, keyId } = document
  return { algorithm, publicKey, ...(keyId && { keyId }), secret: new Secret(secretKey) }
}

/** An X25519 key pair from its file. @throws HomeError as {@link readKeyFile}, and HOME_DAMAGED for a key of another kind */
export async function readKemKeyFile(path: string, passphrase?: Uint8Array): Promise<KemKeyPair> {
  const { publicKey, keyId, secret } = await readKeyFile(path, passphrase)
  if (keyId === undefined) throw new HomeError('HOME_DAMAGED', `${path} holds no X25519 key`)
  const key: KemKey = { id: keyId, publicKey }
  return { key, secret }
}

const PUBLIC_KEY_OF: Readonly<Record<KeyAlgorithm, (secretKey: Uint8Array) => Uint8Array>> = {
  ed25519: publicKeyOf,
  x25519: kemPublicKeyOf,
}

const CIPHER = 'aes-256-gcm'
const TAG_BYTES = 16
const OTHERS = 0o077

type PlainKey = Pick<KeyDocument, 'algorithm' | 'publicKey' | 'keyId'> & { readonly secretKey: Uint8Array }

async function write(path: string, key: PlainKey, protection: KeyProtection): Promise<void> {
  const document: KeyDocument =
    protection.kind === 'plain' ? { ...key, protection: 'plain' } : await lock(key, protection.passphrase)
  await writeNewFile(path, formatKeyDocument(document))
}

async function lock({ secretKey, ...head }: PlainKey, passphrase: Uint8Array): Promise<LockedDocument> {
  const salt = new Uint8Array(randomBytes(16))
  const nonce = new Uint8Array(randomBytes(12))
  const sealed = { ...head, protection: 'passphrase', costs: SCRYPT_COSTS, salt, nonce } as const
  const cipher = createCipheriv(CIPHER, await stretch(passphrase, salt, SCRYPT_COSTS), nonce, {
    authTagLength: TAG_BYTES,
  })
  cipher.setAAD(associatedData(sealed))
  const ciphertext = Buffer.concat([cipher.update(secretKey), cipher.final(), cipher.getAuthTag()])
  return { ...sealed, ciphertext: new Uint8Array(ciphertext) }
}

async function unlock(document: LockedDocument, path: string, passphrase?: Uint8Array): Promise<Uint8Array> {
  if (passphrase === undefined) throw new HomeError('KEY_LOCKED', `${path} is sealed: give its passphrase`)
  const key = await stretch(passphrase, document.salt, document.costs)
  const decipher = createDecipheriv(CIPHER, key, document.nonce, { authTagLength: TAG_BYTES })
  decipher.setAAD(associatedData(document))
  decipher.setAuthTag(document.ciphertext.subarray(-TAG_BYTES))
  const secretKey = decipher.update(document.ciphertext.subarray(0, -TAG_BYTES))
  try {
    decipher.final()
  } catch (cause) {
    throw new HomeError(
      'KEY_PASSPHRASE_WRONG',
      `the passphrase does not open ${path}, or the file was changed`,
      { cause },
    )
  }
  return new Uint8Array(secretKey)
}

function stretch(passphrase: Uint8Array, salt: Uint8Array, costs: ScryptCosts): Promise<Buffer> {
  const maxmem = 128 * costs.N * costs.r + 2 ** 20 * costs.p
  return new Promise((resolve, reject) => {
    scrypt(passphrase, salt, 32, { ...costs, maxmem }, (error, key) => (error ? reject(error) : resolve(key)))
  })
}

async function readDocument(path: string): Promise<KeyDocument> {
  await using file = await openToRead(path)
  const { mode, size } = await file.stat()
  if (size > MAX_KEY_FILE_BYTES) throw new HomeError('HOME_DAMAGED', `${path} is too long for a key file`)
  const document = parseKeyDocument(await file.readFile('utf8'))
  // Asked of the open file, so that nothing can be put in its place in between.
  if (document.protection === 'plain' && (mode & OTHERS) !== 0 && process.platform !== 'win32') {
    throw new HomeError(
      'KEY_PERMISSIONS',
      `${path} can be read by others: chmod 600 it, and replace the key if it was seen`,
    )
  }
  return document
}

async function openToRead(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'r')
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT')
      throw new HomeError('KEY_MISSING', `there is no key file ${path}`, { cause })
    if (codeOf(cause) === 'EACCES')
      throw new HomeError('KEY_PERMISSIONS', `${path} cannot be read by this user`, { cause })
    throw cause
  }
}
