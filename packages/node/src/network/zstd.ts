import { promisify } from 'node:util'
import {
  constants,
  zstdCompress,
  zstdCompressSync,
  zstdDecompress,
  zstdDecompressSync,
  type ZstdOptions,
} from 'node:zlib'
import { NetworkError } from './errors.ts'

/** Frame magic and header flags, RFC 8878 section 3.1.1. */
const MAGIC = 0xfd2fb528
const SINGLE_SEGMENT = 0x20
const RESERVED = 0x18
const CHECKSUM = 0x04
const DICTIONARY = 0x03
/** Bytes of the frame content size by the two bits of its flag; 0 stands for one byte in a single segment, else none. */
const CONTENT_SIZE_BYTES = [0, 2, 4, 8] as const
/** The two-byte form of a content size: its flag, and from where it counts. */
const TWO_BYTE_SIZE = 0x40
const TWO_BYTE_BASE = 256
/** Where the content of a single raw block starts, behind a content size of one byte, or of two. */
const SHORT_START = 9
const LONG_START = 10
const RAW_BLOCK = 0
const RLE_BLOCK = 1
const RESERVED_BLOCK = 3
/** The content fits in a window of 2 MiB, so no sender can make a receiver allocate more. */
const WINDOW_LOG_MAX = 21
/** The same of content that is inflated beside the event loop: 8 MiB. */
const WINDOW_LOG_MAX_ASIDE = 23

/** Compresses into one frame that declares its content size. */
export function deflateFrame(bytes: Uint8Array): Uint8Array {
  return zstdCompressSync(bytes, { pledgedSrcSize: bytes.length })
}

/** As {@link deflateFrame}, but leaves as it is what fits into a packet: fewer bytes would not be sent sooner. */
export function packFrame(bytes: Uint8Array): Uint8Array {
  return bytes.length > PACKET_BYTES ? deflateFrame(bytes) : storedFrame(bytes)
}

/** With what it travels in, less than the 1,280 bytes that every link carries in one piece. */
const PACKET_BYTES = 1_024

/**
 * Inflates exactly one frame with a declared content size of at most `maxBytes`, no dictionary and nothing after it.
 *
 * @throws NetworkError FRAME_MALFORMED, FRAME_TOO_LARGE
 * @see docs/spec/wire.md, "Compression"
 */
export function inflateFrame(bytes: Uint8Array, maxBytes: number): Uint8Array {
  const contentSize = declaredSize(bytes, maxBytes)
  const stored = storedIn(bytes, contentSize)
  if (stored !== undefined) return stored
  try {
    return whole(zstdDecompressSync(bytes, decompressOptions(contentSize)), contentSize)
  } catch (cause) {
    throw cause instanceof NetworkError ? cause : notInflated(cause)
  }
}

/** As {@link deflateFrame}, beside the event loop, with a window over all of the content: for some megabytes of it. */
export async function deflateAside(bytes: Uint8Array): Promise<Uint8Array> {
  return compressAside(bytes, {
    pledgedSrcSize: bytes.length,
    params: { [constants.ZSTD_c_windowLog]: WINDOW_LOG_MAX_ASIDE },
  })
}

/** As {@link inflateFrame}, beside the event loop. @throws NetworkError FRAME_MALFORMED, FRAME_TOO_LARGE */
export async function inflateAside(bytes: Uint8Array, maxBytes: number): Promise<Uint8Array> {
  const contentSize = declaredSize(bytes, maxBytes)
  try {
    return whole(
      await decompressAside(bytes, decompressOptions(contentSize, WINDOW_LOG_MAX_ASIDE)),
      contentSize,
    )
  } catch (cause) {
    throw cause instanceof NetworkError ? cause : notInflated(cause)
  }
}

const compressAside = promisify(zstdCompress)
const decompressAside = promisify(zstdDecompress)

/** The most bytes that a frame of `contentBytes` takes, with room for a compressor that gains nothing. */
export function maxDeflated(contentBytes: number): number {
  return contentBytes + (contentBytes >> 8) + 64
}

/** A frame of one raw block. RFC 8878 section 3.1.1. */
function storedFrame(bytes: Uint8Array): Uint8Array {
  const { length } = bytes
  const isShort = length < TWO_BYTE_BASE
  const start = isShort ? SHORT_START : LONG_START
  const frame = new Uint8Array(start + length)
  const view = new DataView(frame.buffer)
  view.setUint32(0, MAGIC, true)
  view.setUint8(4, isShort ? SINGLE_SEGMENT : SINGLE_SEGMENT | TWO_BYTE_SIZE)
  if (isShort) view.setUint8(5, length)
  else view.setUint16(5, length - TWO_BYTE_BASE, true)
  // Last of its frame, raw, and so long.
  view.setUint16(start - 3, ((length << 3) | (RAW_BLOCK << 1) | 1) & 0xffff, true)
  view.setUint8(start - 1, length >> 13)
  frame.set(bytes, start)
  return frame
}

/** The content of a frame as {@link storedFrame} makes them; `undefined` for any other. The frame's own measures hold. */
function storedIn(frame: Uint8Array, contentSize: number): Uint8Array | undefined {
  const isShort = contentSize < TWO_BYTE_BASE
  const start = isShort ? SHORT_START : LONG_START
  if (contentSize > PACKET_BYTES || frame.length !== start + contentSize) return undefined
  const isStored =
    frame[4] === (isShort ? SINGLE_SEGMENT : SINGLE_SEGMENT | TWO_BYTE_SIZE) &&
    ((frame[start - 3] as number) & 7) === ((RAW_BLOCK << 1) | 1)
  return isStored ? new Uint8Array(frame.subarray(start)) : undefined
}

/** Declared size and end of the frame, found without inflating it. */
function measure(view: DataView): { contentSize: number; frameEnd: number } {
  try {
    const { contentSize, at, hasChecksum } = readHeader(view)
    return { contentSize, frameEnd: skipBlocks(view, at) + (hasChecksum ? 4 : 0) }
  } catch (cause) {
    if (cause instanceof RangeError) throw malformed('the frame is cut short', cause)
    throw cause
  }
}

/** RFC 8878 section 3.1.1.1. */
function readHeader(view: DataView): { contentSize: number; at: number; hasChecksum: boolean } {
  if (view.getUint32(0, true) !== MAGIC) throw malformed('expected a zstd frame')
  const descriptor = view.getUint8(4)
  const isSingle = (descriptor & SINGLE_SEGMENT) !== 0
  if ((descriptor & (RESERVED | DICTIONARY)) !== 0)
    throw malformed('expected no dictionary and no reserved flags')
  const at = isSingle ? 5 : 6
  const flag = descriptor >> 6
  const size = flag === 0 && isSingle ? 1 : (CONTENT_SIZE_BYTES[flag] as number)
  if (size === 0) throw malformed('expected a declared content size')
  return {
    contentSize: contentSizeAt(view, at, size),
    at: at + size,
    hasChecksum: (descriptor & CHECKSUM) !== 0,
  }
}

function contentSizeAt(view: DataView, at: number, size: number): number {
  if (size === 1) return view.getUint8(at)
  if (size === 2) return view.getUint16(at, true) + TWO_BYTE_BASE
  if (size === 4) return view.getUint32(at, true)
  return Number(view.getBigUint64(at, true))
}

/** Where the last block ends. RFC 8878 section 3.1.1.2. */
function skipBlocks(view: DataView, start: number): number {
  for (let at = start; ;) {
    const header = view.getUint16(at, true) | (view.getUint8(at + 2) << 16)
    const type = (header >> 1) & 3
    if (type === RESERVED_BLOCK) throw malformed('expected no reserved block')
    at += 3 + (type === RLE_BLOCK ? 1 : header >> 3)
    if ((header & 1) !== 0) return at
  }
}

/** What a frame says of its content, when it is one frame and nothing else. */
function declaredSize(bytes: Uint8Array, maxBytes: number): number {
  if (bytes.length > maxDeflated(maxBytes)) throw tooLarge(bytes.length, maxDeflated(maxBytes))
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const { contentSize, frameEnd } = measure(view)
  if (contentSize > maxBytes) throw tooLarge(contentSize, maxBytes)
  if (frameEnd !== bytes.length)
    throw malformed(`expected nothing after the frame, got ${bytes.length - frameEnd} bytes`)
  return contentSize
}

function decompressOptions(contentSize: number, windowLogMax = WINDOW_LOG_MAX): ZstdOptions {
  return {
    maxOutputLength: Math.max(contentSize, 1),
    params: { [constants.ZSTD_d_windowLogMax]: windowLogMax },
  }
}

function whole(content: Uint8Array, contentSize: number): Uint8Array {
  if (content.length !== contentSize) throw malformed('the content is not of its declared size')
  // The same memory without a Buffer's ways.
  return new Uint8Array(content.buffer, content.byteOffset, content.byteLength)
}

function notInflated(cause: unknown): NetworkError {
  return malformed('the frame does not inflate to its declared size', cause)
}

function malformed(message: string, cause?: unknown): NetworkError {
  return new NetworkError('FRAME_MALFORMED', message, { cause })
}

function tooLarge(got: number, most: number): NetworkError {
  return new NetworkError('FRAME_TOO_LARGE', `expected at most ${most} bytes, got ${got}`)
}
