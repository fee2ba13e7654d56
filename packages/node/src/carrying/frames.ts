import { hash } from 'node:crypto'
import { compareBytes, concatBytes, MAX_FRAME_BYTES, toHex, utf8Bytes } from '@intelmesh/protocol'
// Of the network this is all that is needed: a command that reads a file loads no libp2p.
import { deflateFrame, inflateFrame, maxDeflated } from '../network/zstd.ts'
import { CarryError } from './errors.ts'

/** What a frame holds, by its number in the file. */
const FRAME_KINDS = ['about', 'items', 'log', 'end'] as const
export type FrameKind = (typeof FRAME_KINDS)[number]

/** One frame of a file, inflated; or one that is not as it was written, and is passed over. */
export type CarriedFrame =
  | {
      readonly kind: FrameKind
      readonly number: number
      readonly content: Uint8Array
      /** Hexadecimal: stands for the file's identity and all of the frame. */
      readonly check: string
    }
  | { readonly kind: 'damaged'; readonly number: number }

/** The first bytes of a file; the last of them is the version of the format. */
export const MAGIC: Uint8Array = utf8Bytes('intelmesh-syn\r\n\x01')
/** Random bytes that follow: they tell a file from every other. */
export const FILE_ID_BYTES = 16

/** Writes frame after frame of one file. @throws RangeError for content that no frame may hold */
export function createFrameWriter(fileId: Uint8Array): (kind: FrameKind, content: Uint8Array) => Uint8Array {
  let number = 0
  return (kind, content) => {
    if (content.length > MAX_FRAME_BYTES) throw new RangeError(`expected at most ${MAX_FRAME_BYTES} bytes`)
    const deflated = deflateFrame(content)
    const head = new Uint8Array(NUMBERS_BYTES)
    const view = new DataView(head.buffer)
    head[0] = FRAME_KINDS.indexOf(kind)
    view.setUint32(1, number++)
    view.setUint32(5, deflated.length)
    return concatBytes(head, checkOf(fileId, head, deflated), deflated)
  }
}

/** A file, read to its frames. */
export interface OpenedFile {
  readonly fileId: Uint8Array
  /**
   * Its frames in order. It ends with the last whole one and says then why no more followed: `undefined` when the stream ended
   * between two frames.
   */
  frames(): AsyncGenerator<CarriedFrame, CarryError | undefined>
}

/** Reads the beginning of a file, in whatever pieces its bytes come. @throws CarryError CARRY_MALFORMED, CARRY_NEWER, CARRY_TRUNCATED */
export async function openFrames(pieces: AsyncIterable<Uint8Array>): Promise<OpenedFile> {
  const reader = readerOf(pieces)
  const magic = await reader.take(MAGIC.length)
  if (magic === undefined)
    throw new CarryError('CARRY_TRUNCATED', 'expected a file of `sync export`, got less')
  const version = MAGIC.length - 1
  if (compareBytes(magic.subarray(0, version), MAGIC.subarray(0, version)) !== 0)
    throw new CarryError('CARRY_MALFORMED', 'expected a file of `sync export`, got something else')
  if (magic[version] !== MAGIC[version])
    throw new CarryError('CARRY_NEWER', `expected format ${MAGIC[version]}, got ${magic[version]}: upgrade`)
  const fileId = await reader.take(FILE_ID_BYTES)
  if (fileId === undefined) throw new CarryError('CARRY_TRUNCATED', 'the file ends in its head')
  return { fileId, frames: () => framesOf(reader, fileId) }
}

/** Kind, number and length. */
const NUMBERS_BYTES = 9
const CHECK_BYTES = 16

async function* framesOf(
  reader: PieceReader,
  fileId: Uint8Array,
): AsyncGenerator<CarriedFrame, CarryError | undefined> {
  for (let number = 0; ; number++) {
    const head = await reader.take(NUMBERS_BYTES + CHECK_BYTES)
    if (head === undefined) return reader.left === 0 ? undefined : cutShort()
    const view = new DataView(head.buffer, head.byteOffset)
    const kind = FRAME_KINDS[view.getUint8(0)]
    const length = view.getUint32(5)
    // What follows a head that is wrong itself cannot be told apart any more.
    if (kind === undefined || view.getUint32(1) !== number || length > maxDeflated(MAX_FRAME_BYTES))
      return new CarryError('CARRY_DAMAGED', `expected frame ${number}, got something else`)
    const deflated = await reader.take(length)
    if (deflated === undefined) return cutShort()
    const content = contentOf(fileId, head, deflated)
    yield content === undefined
      ? { kind: 'damaged', number }
      : { kind, number, content, check: checkIn(head) }
  }
}

function contentOf(fileId: Uint8Array, head: Uint8Array, deflated: Uint8Array): Uint8Array | undefined {
  const check = checkOf(fileId, head.subarray(0, NUMBERS_BYTES), deflated)
  if (checkIn(head) !== toHex(check)) return undefined
  try {
    return inflateFrame(deflated, MAX_FRAME_BYTES)
  } catch {
    return undefined
  }
}

function checkIn(head: Uint8Array): string {
  return toHex(head.subarray(NUMBERS_BYTES))
}

/** It finds damage, and frames of another file. Who wrote the file it does not say: what is in it proves itself. */
function checkOf(fileId: Uint8Array, numbers: Uint8Array, deflated: Uint8Array): Uint8Array {
  const digest = hash('sha256', concatBytes(fileId, numbers, deflated), 'buffer')
  return new Uint8Array(digest.subarray(0, CHECK_BYTES))
}

function cutShort(): CarryError {
  return new CarryError('CARRY_TRUNCATED', 'the file ends within a frame')
}

interface PieceReader {
  /** Bytes that came and were not taken. */
  readonly left: number
  /** So many bytes, or `undefined` where the stream ends before them. */
  take(length: number): Promise<Uint8Array | undefined>
}

function readerOf(pieces: AsyncIterable<Uint8Array>): PieceReader {
  const source = pieces[Symbol.asyncIterator]()
  let waiting: Uint8Array[] = []
  let left = 0
  return {
    get left() {
      return left
    },
    async take(length) {
      while (left < length) {
        const { done, value } = await source.next()
        if (done === true) return undefined
        waiting.push(value)
        left += value.length
      }
      const bytes = concatBytes(...waiting)
      waiting = [bytes.subarray(length)]
      left -= length
      return bytes.slice(0, length)
    },
  }
}
