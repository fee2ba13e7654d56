import { fromBase64url, toBase64url, utf8Bytes } from '@intelmesh/protocol'
import { HomeError } from '../errors.ts'

/** Whose secret a file holds: a key that signs, or one that opens what was sealed to it. */
export type KeyAlgorithm = 'ed25519' | 'x25519'

/** scrypt's costs (RFC 7914): memory is 128·N·r bytes. */
export interface ScryptCosts {
  readonly N: number
  readonly r: number
  readonly p: number
}

/** A key file as it stands on disk. See docs/spec/enrolment.md, "Key files". */
export type KeyDocument = PlainDocument | LockedDocument

interface Head {
  readonly algorithm: KeyAlgorithm
  readonly publicKey: Uint8Array
  /** Of an X25519 key: the 8 bytes by which wraps name it. */
  readonly keyId?: Uint8Array
}

interface PlainDocument extends Head {
  readonly protection: 'plain'
  readonly secretKey: Uint8Array
}

export interface LockedDocument extends Head {
  readonly protection: 'passphrase'
  readonly costs: ScryptCosts
  readonly salt: Uint8Array
  readonly nonce: Uint8Array
  /** AES-256-GCM of the secret key, and the tag of 16 bytes. */
  readonly ciphertext: Uint8Array
}

/** 128 MiB and some 0.4 s: what OWASP's password storage sheet asks of scrypt, at the upper end. */
export const SCRYPT_COSTS: ScryptCosts = { N: 2 ** 17, r: 8, p: 1 }

/** No key file is longer; a reader stops here. */
export const MAX_KEY_FILE_BYTES = 4096

/** A file from elsewhere must not make this node take more memory, in bytes, or more rounds than this. */
const MAX_SCRYPT_MEMORY = 256 * 2 ** 20
const MAX_PARALLEL = 4
const MIN_N = 2 ** 14

const FORMAT = 'intelmesh-key'
const VERSION = 1

/** The text of a key file: JSON with one field a line. */
export function formatKeyDocument(document: KeyDocument): string {
  const body =
    document.protection === 'plain'
      ? { secretKey: toBase64url(document.secretKey) }
      : { ...lockOf(document), ciphertext: toBase64url(document.ciphertext) }
  return `${JSON.stringify({ ...headOf(document), ...body }, null, 2)}\n`
}

/** What the passphrase's seal also covers: every field of the file but the ciphertext, in the order of the file. */
export function associatedData(document: Omit<LockedDocument, 'ciphertext'>): Uint8Array {
  return utf8Bytes(JSON.stringify({ ...headOf(document), ...lockOf(document) }))
}

/** @throws HomeError HOME_DAMAGED for text that is no key file, or one that asks for more than a key file may */
export function parseKeyDocument(text: string): KeyDocument {
  try {
    return read(JSON.parse(text) as unknown)
  } catch (cause) {
    throw new HomeError(
      'HOME_DAMAGED',
      'the file is not a key file of this version: restore it from a backup',
      { cause },
    )
  }
}

function headOf({
  algorithm,
  publicKey,
  keyId,
  protection,
}: Pick<KeyDocument, keyof Head | 'protection'>): object {
  return {
    format: FORMAT,
    version: VERSION,
    algorithm,
    publicKey: toBase64url(publicKey),
    ...(keyId && { keyId: toBase64url(keyId) }),
    protection,
  }
}

function lockOf({ costs, salt, nonce }: Omit<LockedDocument, 'ciphertext'>): object {
  const { N, r, p } = costs
  return { kdf: 'scrypt', N, r, p, salt: toBase64url(salt), nonce: toBase64url(nonce) }
}

function read(value: unknown): KeyDocument {
  if (typeof value !== 'object' || value === null) throw new TypeError('expected an object')
  const fields = new Map(Object.entries(value))
  if (fields.get('format') !== FORMAT || fields.get('version') !== VERSION)
    throw new TypeError('expected version 1')
  const algorithm = fields.get('algorithm')
  if (algorithm !== 'ed25519' && algorithm !== 'x25519') throw new TypeError('expected a known algorithm')
  const keyId = algorithm === 'x25519' ? { keyId: bytesAt(fields, 'keyId', 8) } : {}
  const head = { algorithm, publicKey: bytesAt(fields, 'publicKey', 32), ...keyId } as const
  if (fields.get('protection') === 'plain') {
    return { ...head, protection: 'plain', secretKey: bytesAt(fields, 'secretKey', 32) }
  }
  if (fields.get('protection') !== 'passphrase' || fields.get('kdf') !== 'scrypt')
    throw new TypeError('expected scrypt')
  return {
    ...head,
    protection: 'passphrase',
    costs: readCosts(fields),
    salt: bytesAt(fields, 'salt', 16),
    nonce: bytesAt(fields, 'nonce', 12),
    ciphertext: bytesAt(fields, 'ciphertext', 48),
  }
}

function readCosts(fields: ReadonlyMap<string, unknown>): ScryptCosts {
  const [N, r, p] = ['N', 'r', 'p'].map((name) => wholeAt(fields, name)) as [number, number, number]
  const isPower = Number.isInteger(Math.log2(N))
  if (!isPower || N < MIN_N || 128 * N * r > MAX_SCRYPT_MEMORY || p > MAX_PARALLEL) {
    throw new RangeError(`expected scrypt costs within ${MAX_SCRYPT_MEMORY} bytes`)
  }
  return { N, r, p }
}

function wholeAt(fields: ReadonlyMap<string, unknown>, name: string): number {
  const value = fields.get(name)
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 1) return value
  throw new TypeError(`${name}: expected a whole number from 1`)
}

function bytesAt(fields: ReadonlyMap<string, unknown>, name: string, length: number): Uint8Array {
  const value = fields.get(name)
  const bytes = typeof value === 'string' ? fromBase64url(value) : undefined
  if (bytes?.length === length) return bytes
  throw new TypeError(`${name}: expected base64url of ${length} bytes`)
}
