import { Readable, type Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { constants, createGunzip, createZstdDecompress } from 'node:zlib'
import { codeOf } from '@intelmesh/protocol'
import { MatchError } from './errors.ts'
import { peek } from './peek.ts'
import { cutAtFrames } from './zstd-frames.ts'

/** How bytes are compressed, by how they begin. */
type Compression = 'gzip' | 'zstd'

/**
 * The bytes of logs, inflated if they are compressed, whatever a file is called; several compressed files in one, as rotation makes
 * them, are read on. What it inflates to is never held: memory does not depend on it.
 *
 * @throws MatchError INPUT_COMPRESSION, INPUT_TRUNCATED, both after all that could be read
 */
export async function* inflated(
  pieces: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): AsyncIterable<Uint8Array> {
  const { head, all } = await peek(pieces, LONGEST_MAGIC)
  const compression = compressionOf(head)
  if (compression === undefined) return yield* all
  const inflater = inflaterOf(compression)
  const compressed = compression === 'zstd' ? cutAtFrames(all) : all
  // What fails, at either end, ends the reading below.
  pipeline(Readable.from(compressed, { objectMode: false }), inflater, { signal }).catch(() => undefined)
  try {
    yield* inflater as AsyncIterable<Uint8Array>
  } catch (cause) {
    throw faultOf(cause, compression)
  }
}

const MAGIC: readonly (readonly [magic: readonly number[], compression: Compression | 'other'])[] = [
  [[0x1f, 0x8b], 'gzip'],
  [[0x28, 0xb5, 0x2f, 0xfd], 'zstd'],
  // bzip2, xz, zip
  [[0x42, 0x5a, 0x68], 'other'],
  [[0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00], 'other'],
  [[0x50, 0x4b, 0x03, 0x04], 'other'],
]
const LONGEST_MAGIC = 6
const CHUNK_BYTES: number = 256 * 1024
/** Decompressing takes memory for a window of 2^27 bytes at most, which every level of zstd keeps to. */
const MAX_WINDOW_LOG = 27

function compressionOf(head: Uint8Array): Compression | undefined {
  const found = MAGIC.find(([magic]) => magic.every((byte, i) => head[i] === byte))?.[1]
  if (found === 'other')
    throw new MatchError('INPUT_COMPRESSION', 'expected text, gzip or zstd: inflate the file first')
  return found
}

function inflaterOf(compression: Compression): Transform {
  return compression === 'gzip'
    ? createGunzip({ chunkSize: CHUNK_BYTES })
    : createZstdDecompress({
        chunkSize: CHUNK_BYTES,
        params: { [constants.ZSTD_d_windowLogMax]: MAX_WINDOW_LOG },
      })
}

/** A fault of zlib, by what it says; others stay what they are. */
function faultOf(cause: unknown, compression: Compression): unknown {
  const code = codeOf(cause) ?? ''
  const isShort =
    code === 'Z_BUF_ERROR' ||
    (cause instanceof Error && /unexpected end|src_size|incomplete/i.test(cause.message))
  if (isShort)
    return new MatchError('INPUT_TRUNCATED', `the input ends in the middle of its ${compression} data`, {
      cause,
    })
  return code.startsWith('Z_') || code.startsWith('ZSTD_')
    ? new MatchError('INPUT_COMPRESSION', `the ${compression} data of the input is damaged`, { cause })
    : cause
}
