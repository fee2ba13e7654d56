import { createHash } from 'node:crypto'
import type { FileHandle } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import { constants, createZstdCompress, createZstdDecompress } from 'node:zlib'
import { codeOf, compareBytes, utf8Bytes } from '@intelmesh/protocol'
import { BackupError } from './errors.ts'

/**
 * Writes what `content` gives as a compressed file with a checksum, and syncs it. The file must be open and empty.
 *
 * Layout: magic (16 bytes), one zstd frame, SHA-256 over all before.
 */
export async function writeContainer(
  file: FileHandle,
  content: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): Promise<void> {
  const hash = createHash('sha256')
  async function* sealed(compressed: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    hash.update(MAGIC)
    yield MAGIC
    for await (const piece of compressed) {
      hash.update(piece)
      yield piece
    }
    yield hash.digest()
  }
  await pipeline(content, createZstdCompress(), sealed, writeTo(file), { signal })
  await file.sync()
}

/**
 * Has `consume` read the content of a file that {@link writeContainer} wrote. Only once this returns is the content what was
 * written: until then `consume` must keep what it made to itself.
 *
 * @throws BackupError BACKUP_MALFORMED, BACKUP_TRUNCATED, BACKUP_MISMATCH, BACKUP_NEWER, and whatever `consume` throws
 */
export async function readContainer(
  file: FileHandle,
  consume: (content: AsyncIterable<Uint8Array>) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const { size } = await file.stat()
  const content = size - MAGIC.length - HASH_BYTES
  if (content < 0) throw new BackupError('BACKUP_TRUNCATED', `expected a backup, got a file of ${size} bytes`)
  const hash = createHash('sha256')
  const read = { bytes: 0 }
  async function* compressed(): AsyncGenerator<Uint8Array> {
    const magic = await readAt(file, 0, MAGIC.length)
    assertMagic(magic)
    hash.update(magic)
    while (read.bytes < content) {
      const piece = await readAt(file, MAGIC.length + read.bytes, Math.min(PIECE_BYTES, content - read.bytes))
      read.bytes += piece.length
      hash.update(piece)
      yield piece
    }
  }
  const inflate = createZstdDecompress({
    chunkSize: PIECE_BYTES,
    params: { [constants.ZSTD_d_windowLogMax]: WINDOW_LOG_MAX },
  })
  await pipeline(compressed, inflate, (plain) => consume(bounded(plain, read)), { signal }).catch(
    (error: unknown) => {
      throw faultOf(error)
    },
  )
  const expected = await readAt(file, MAGIC.length + content, HASH_BYTES)
  if (compareBytes(hash.digest(), expected) !== 0)
    throw new BackupError('BACKUP_MISMATCH', 'the backup is not as it was written: its checksum differs')
}

/** The last byte is the version of the format. */
const MAGIC: Uint8Array = utf8Bytes('intelmesh-bak\r\n\x01')
const HASH_BYTES = 32
const PIECE_BYTES: number = 256 * 1024
/** No writer of ours takes a larger window, and no file makes a reader allocate more than these 8 MiB. */
const WINDOW_LOG_MAX = 23
/** Ids and signatures hardly shrink, and the rest not to a hundredth: what grows more was made to fill a disk. */
const MAX_GROWTH = 100
const FREE_BYTES: number = 64 * 1024 * 1024

function writeTo(file: FileHandle): (pieces: AsyncIterable<Uint8Array>) => Promise<void> {
  return async (pieces) => {
    for await (const piece of pieces) {
      for (let at = 0; at < piece.length;) at += (await file.write(piece, at)).bytesWritten
    }
  }
}

async function readAt(file: FileHandle, position: number, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(length)
  for (let at = 0; at < length;) {
    const { bytesRead } = await file.read(bytes, at, length - at, position + at)
    if (bytesRead === 0)
      throw new BackupError('BACKUP_TRUNCATED', 'the backup became shorter while it was read')
    at += bytesRead
  }
  return bytes
}

function assertMagic(magic: Uint8Array): void {
  const version = magic.length - 1
  if (compareBytes(magic.subarray(0, version), MAGIC.subarray(0, version)) !== 0)
    throw new BackupError('BACKUP_MALFORMED', 'the file is no backup of a node')
  if (magic[version] !== MAGIC[version])
    throw new BackupError(
      'BACKUP_NEWER',
      `expected format ${MAGIC[version]}, got ${magic[version]}: use the version that wrote the backup`,
    )
}

async function* bounded(
  plain: AsyncIterable<Uint8Array>,
  read: { readonly bytes: number },
): AsyncGenerator<Uint8Array> {
  let given = 0
  for await (const piece of plain) {
    given += piece.length
    if (given > FREE_BYTES + MAX_GROWTH * read.bytes)
      throw new BackupError('BACKUP_MALFORMED', 'the backup inflates beyond all reason')
    yield piece
  }
}

function faultOf(error: unknown): unknown {
  const code = codeOf(error) ?? ''
  if (code === 'Z_BUF_ERROR')
    return new BackupError('BACKUP_TRUNCATED', 'the backup ends too early', { cause: error })
  return code.startsWith('ZSTD_')
    ? new BackupError('BACKUP_MALFORMED', 'the backup does not inflate', { cause: error })
    : error
}
