import { createHash, type Hash, hash } from 'node:crypto'
import { type FileHandle, open, rename } from 'node:fs/promises'
import { dirname } from 'node:path'
import { codeOf } from '@intelmesh/protocol'
import { syncFolder } from '../identity-file.ts'
import { bloomWords } from './bloom.ts'
import { FINGERPRINT_SORTS, type FingerprintSort } from './fingerprint.ts'
import { type FingerprintTable, SEGMENTS } from './fingerprint-table.ts'
import { createNetworkLengths, NETWORK_COUNTS } from './network-lengths.ts'
import { EMPTY_SEGMENT, type Segment } from './segment.ts'
import { seedsOf, type SidecarState } from './sidecar-state.ts'

/** Which store and which commit of it a checkpoint stands for. */
export interface CheckpointMark {
  readonly mask: Uint8Array
  readonly commit: number
}

/**
 * Writes what a sidecar holds now, so that after a crash either the file that was there or the new one is there whole. It says of
 * the store no more than the index does.
 *
 * @see docs/spec/store.md, "Sidecar"
 */
export async function writeCheckpoint(
  path: string,
  state: SidecarState,
  mark: CheckpointMark,
): Promise<void> {
  // All of it is copied in one turn: what changes while it is being written belongs to another commit.
  const segments = FINGERPRINT_SORTS.flatMap((sort) => state.tables[sort].segments)
  const pieces = [headOf(mark), copyOf(state.lengths.counts), ...segments.map(pieceOf)]
  const next = `${path}.next`
  await using file = await open(next, 'w', 0o600)
  const sum = createHash('sha256')
  for (const block of blocksOf(pieces)) {
    sum.update(block)
    await file.writeFile(block)
  }
  await file.writeFile(sum.digest())
  await file.sync()
  await rename(next, path)
  await syncFolder(dirname(path))
}

/** What stands in a file; undefined if there is none, it stands for another commit or store, or is not as it was written. */
export async function readCheckpoint(path: string, mark: CheckpointMark): Promise<SidecarState | undefined> {
  const opened = await open(path).catch((error: unknown) => {
    if (codeOf(error) !== 'ENOENT') throw error
  })
  if (opened === undefined) return undefined
  await using file = opened
  const left = (await file.stat()).size - SUM_BYTES
  const reader: Reader = { file, left, ahead: Buffer.alloc(0), sum: createHash('sha256') }
  const head = await read(reader, HEAD_BYTES)
  if (head === undefined || !head.equals(headOf(mark))) return undefined
  const lengths = await read(reader, NETWORK_COUNTS * 4)
  if (lengths === undefined) return undefined
  const segments: Segment[] = []
  while (segments.length < SEGMENTS * FINGERPRINT_SORTS.length) {
    const segment = await readSegment(reader)
    if (segment === undefined) return undefined
    segments.push(segment)
  }
  const sum = Buffer.alloc(SUM_BYTES)
  await file.read(sum)
  if (reader.left + reader.ahead.length !== 0 || !sum.equals(reader.sum.digest())) return undefined
  const tableOf = (sort: FingerprintSort): FingerprintTable => {
    const from = SEGMENTS * FINGERPRINT_SORTS.indexOf(sort)
    return { segments: segments.slice(from, from + SEGMENTS), seeds: seedsOf(mark.mask) }
  }
  return {
    tables: { values: tableOf('values'), networks: tableOf('networks'), urls: tableOf('urls') },
    lengths: createNetworkLengths(wordsOf(lengths)),
  }
}

interface Reader {
  readonly file: FileHandle
  readonly sum: Hash
  /** Bytes before the checksum that are not read yet. */
  left: number
  /** Bytes that are read and not asked for yet. */
  ahead: Buffer
}

const MAGIC = 'intelmesh sidecar 2'
const SUM_BYTES = 32
const HEAD_BYTES = 40
const SEGMENT_HEAD_BYTES = 12
/** There are hundreds of segments, each of which is small in a small store. */
const BLOCK_BYTES = 262_144

/** Of what it is, of which store, and for which commit. */
function headOf({ mask, commit }: CheckpointMark): Buffer {
  const head = Buffer.alloc(HEAD_BYTES)
  hash('sha256', Buffer.concat([Buffer.from(MAGIC), mask]), 'buffer').copy(head)
  head.writeDoubleLE(commit, 32)
  return head
}

function pieceOf({ words, cells, counts, bloom, used }: Segment): Buffer {
  const head = Uint32Array.of(counts.length, used[0] as number, used[1] as number)
  return Buffer.concat([head, words, cells, counts, bloom].map(copyOf))
}

/** The bytes of numbers as they lie in memory: the lowest byte first, on every machine that Node runs on. */
function copyOf({ buffer, byteOffset, byteLength }: Uint32Array | Uint16Array): Buffer {
  return Buffer.from(new Uint8Array(buffer, byteOffset, byteLength))
}

async function readSegment(reader: Reader): Promise<Segment | undefined> {
  const head = await read(reader, SEGMENT_HEAD_BYTES)
  if (head === undefined) return undefined
  const [slots = 0, ...used] = wordsOf(head)
  const sizes = [slots * 8, slots * 8, slots * 2, bloomWords(slots) * 4]
  const all = await read(
    reader,
    sizes.reduce((sum, size) => sum + size),
  )
  if (all === undefined || slots === 0) return undefined
  // One slot is never filled: most segments of a small store have no memory of their own.
  if (slots === 1) return EMPTY_SEGMENT
  const [words, cells, counts, bloom] = sizes.map((size, i) => {
    const from = sizes.slice(0, i).reduce((sum, before) => sum + before, 0)
    const shared = new SharedArrayBuffer(size)
    new Uint8Array(shared).set(all.subarray(from, from + size))
    return shared
  })
  const shared = new Uint32Array(new SharedArrayBuffer(8))
  shared.set(used)
  return {
    words: new Uint32Array(words as SharedArrayBuffer),
    cells: new Uint32Array(cells as SharedArrayBuffer),
    counts: new Uint16Array(counts as SharedArrayBuffer),
    bloom: new Uint32Array(bloom as SharedArrayBuffer),
    used: shared,
  }
}

/** The next bytes; undefined where the file is too short, whatever lengths it states. */
async function read(reader: Reader, size: number): Promise<Buffer | undefined> {
  const missing = size - reader.ahead.length
  if (missing > reader.left) return undefined
  if (missing > 0) {
    const block = Buffer.alloc(Math.min(Math.max(missing, BLOCK_BYTES), reader.left))
    const { bytesRead } = await reader.file.read(block)
    if (bytesRead !== block.length) return undefined
    reader.left -= bytesRead
    reader.sum.update(block)
    reader.ahead = Buffer.concat([reader.ahead, block])
  }
  const bytes = reader.ahead.subarray(0, size)
  reader.ahead = reader.ahead.subarray(size)
  return bytes
}

/** Pieces one behind the other, in blocks that are worth a write each. */
function* blocksOf(pieces: readonly Buffer[]): Generator<Buffer> {
  let gathered: Buffer[] = []
  let bytes = 0
  for (const piece of pieces) {
    gathered.push(piece)
    bytes += piece.length
    if (bytes < BLOCK_BYTES) continue
    yield Buffer.concat(gathered)
    gathered = []
    bytes = 0
  }
  yield Buffer.concat(gathered)
}

function wordsOf(bytes: Buffer): Uint32Array {
  return Uint32Array.from({ length: bytes.length / 4 }, (_, i) => bytes.readUInt32LE(4 * i))
}
