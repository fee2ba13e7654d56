import { constants } from 'node:fs'
import { open, type FileHandle } from 'node:fs/promises'
import {
  acceptReply,
  type CborLimits,
  codeOf,
  decodeCbor,
  decodeReply,
  keyIdOf,
  parseSign1,
  CERTIFICATE,
  toHex,
} from '@intelmesh/protocol'
import { nativeCrypto } from '../crypto/index.ts'
import { homePaths } from '../home/index.ts'
import { parseKeyDocument } from '../keys/index.ts'
import { readContainer } from './container.ts'
import { BackupError } from './errors.ts'
import { decodeFrames, type Frame, MAX_FRAME_BYTES } from './frames.ts'
import { MAX_FILES, placeOf } from './home-files.ts'

/** What a backup says of the node that it is of. Ids in hexadecimal, times in ISO 8601. */
export interface BackupIdentity {
  readonly cluster: string
  readonly organisation: { readonly id: string; readonly name: string }
  readonly node: string
  readonly certificate: { readonly id: string; readonly expires: string }
  /** Key id of the ACO's root. */
  readonly fingerprint: string
  /** Of the ACO itself: its operator key is in the backup. */
  readonly isAco: boolean
}

/** A backup whose every byte was checked. */
export interface ReadBackup {
  /** When it was begun. ms since the Unix epoch. */
  readonly at: number
  /** Of the program that wrote it. */
  readonly version: string
  readonly identity: BackupIdentity
  /** Files of the home by name. */
  readonly files: ReadonlyMap<string, Uint8Array>
}

/** Takes the rows of the store as they come; fulfilled once it has all and found them whole. */
export type StoreSink = (rows: AsyncIterable<Uint8Array>) => Promise<void>

/**
 * Reads a backup from its first byte to its last and checks it: checksum, form, names, and that certificate and key are of one
 * node. The checksum finds damage. It says nothing of who wrote the file.
 *
 * @throws BackupError; whatever the sink throws
 * @see docs/spec/backup.md
 */
export async function readBackup(path: string, sink: StoreSink, signal: AbortSignal): Promise<ReadBackup> {
  await using file = await openToRead(path)
  let about: Pick<ReadBackup, 'at' | 'version'> | undefined
  const files = new Map<string, Uint8Array>()
  await readContainer(
    file,
    async (content) => {
      const frames = decodeFrames(content)
      about = readAbout((await frames.next()).value)
      const first = await readStore(frames, sink)
      await readFiles(first, frames, files)
    },
    signal,
  )
  if (about === undefined) throw malformed('it does not say what it is')
  return { ...about, files, identity: await identityOf(files) }
}

/** A whole home takes far less, apart from its store. */
const MAX_FILES_BYTES: number = 32 * 1024 * 1024
const LIMITS: CborLimits = { maxBytes: MAX_FRAME_BYTES, maxDepth: 1, maxItems: 3 }

async function openToRead(path: string): Promise<FileHandle> {
  // A pipe would be waited for.
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch((cause: unknown) => {
    if (codeOf(cause) !== 'ENOENT') throw cause
    throw new BackupError('BACKUP_MISSING', `there is no file ${path}`, { cause })
  })
  if ((await file.stat()).isFile()) return file
  await file.close()
  throw malformed('it is no file')
}

function readAbout(frame: Frame | undefined): Pick<ReadBackup, 'at' | 'version'> {
  const [at, version] = frame?.kind === 'about' ? pairOf(frame) : []
  if (
    (typeof at !== 'number' && typeof at !== 'bigint') ||
    typeof version !== 'string' ||
    version.length > 100
  )
    throw malformed('it does not say when it was made')
  return { at: Number(at), version }
}

/** Hands the store's frames to the sink. @returns the frame after them */
async function readStore(frames: AsyncGenerator<Frame>, sink: StoreSink): Promise<Frame | undefined> {
  let after: Frame | undefined
  async function* rows(): AsyncGenerator<Uint8Array> {
    for (;;) {
      const { value, done } = await frames.next()
      if (done === true) return
      if (value.kind !== 'store') {
        after = value
        return
      }
      yield value.payload
    }
  }
  await sink(rows())
  after ??= (await frames.next()).value as Frame | undefined
  if (after?.kind === 'store') throw malformed('there are more rows than the store has')
  return after
}

async function readFiles(
  first: Frame | undefined,
  frames: AsyncGenerator<Frame>,
  files: Map<string, Uint8Array>,
): Promise<void> {
  let bytes = 0
  for (let frame = first; frame !== undefined; frame = (await frames.next()).value as Frame | undefined) {
    if (frame.kind === 'end') continue
    const [name, content] = pairOf(frame)
    if (typeof name !== 'string' || !(content instanceof Uint8Array)) throw malformed('a file has no name')
    bytes += content.length
    if (placeOf(NOWHERE, name) === undefined) throw malformed('it holds a file that no home has')
    if (files.has(name)) throw malformed(`it holds ${name} twice`)
    if (files.size >= MAX_FILES || bytes > MAX_FILES_BYTES)
      throw malformed('it holds more files than a home has')
    files.set(name, content)
  }
}

/** Only names are looked up. */
const NOWHERE = homePaths('/')

function pairOf({ payload }: Frame): readonly unknown[] {
  try {
    const value = decodeCbor(payload, LIMITS)
    if (Array.isArray(value) && value.length === 2) return value
  } catch (cause) {
    throw malformed('a part of it is not as this version writes it', cause)
  }
  throw malformed('a part of it is not as this version writes it')
}

async function identityOf(files: ReadonlyMap<string, Uint8Array>): Promise<BackupIdentity> {
  const [certificates, key] = [files.get('certificates'), files.get('node.key')]
  if (certificates === undefined || key === undefined) throw malformed('it lacks the certificates or the key')
  try {
    const reply = decodeReply(certificates)
    const rootKey = parseSign1(CERTIFICATE, reply.chain[2] ?? new Uint8Array(0)).claims.publicKey
    const aco = keyIdOf(nativeCrypto, rootKey)
    const { publicKey } = parseKeyDocument(new TextDecoder().decode(key))
    const [{ claims, bytes }] = await acceptReply(nativeCrypto, reply, aco, publicKey)
    return {
      cluster: claims.mesh.cluster,
      organisation: { id: toHex(claims.mesh.organisation), name: claims.mesh.name },
      node: toHex(keyIdOf(nativeCrypto, publicKey)),
      certificate: {
        id: toHex(nativeCrypto.sha256(bytes)),
        expires: new Date(claims.expiresAt * 1000).toISOString(),
      },
      fingerprint: toHex(aco),
      isAco: files.has('operator.key'),
    }
  } catch (cause) {
    throw new BackupError('BACKUP_MISMATCH', 'the certificates in the backup are not those of its key', {
      cause,
    })
  }
}

function malformed(message: string, cause?: unknown): BackupError {
  return new BackupError('BACKUP_MALFORMED', `the backup cannot be read: ${message}`, { cause })
}
