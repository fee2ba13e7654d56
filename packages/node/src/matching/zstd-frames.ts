/**
 * Cuts a stream of zstd frames so that every frame begins a piece: Node's decompressor drops what comes behind a frame in the same
 * piece. What is no zstd is passed on for the decompressor to refuse.
 *
 * @see RFC 8878 section 3.1
 */
export async function* cutAtFrames(pieces: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  let step: Step | undefined = MAGIC
  let read: number[] = []
  let left = step.size
  for await (const piece of pieces) {
    let start = 0
    let at = 0
    while (at < piece.length) {
      const taken = Math.min(left, piece.length - at)
      if (step.isRead) read.push(...piece.subarray(at, at + taken))
      at += taken
      left -= taken
      while (left === 0) {
        const next: Step | undefined = step.next(Buffer.from(read))
        read = []
        if (next === undefined) {
          yield piece.subarray(start, at)
          start = at
        }
        step = next ?? MAGIC
        left = step.size
      }
    }
    if (start < piece.length) yield piece.subarray(start)
  }
}

/** A part of a frame, of a length that is known when it begins. */
interface Step {
  readonly size: number
  /** Whether what stands in it says what follows. */
  readonly isRead: boolean
  /** What follows; undefined at the end of the frame. */
  next(bytes: Buffer): Step | undefined
}

const ZSTD = 0xfd2fb528
/** 16 of them, for frames that hold nothing to decompress. */
const SKIPPABLE = 0x184d2a50

const MAGIC: Step = {
  size: 4,
  isRead: true,
  next(bytes) {
    const magic = bytes.readUInt32LE()
    if (magic === ZSTD) return DESCRIPTOR
    if ((magic & ~0xf) === SKIPPABLE) return SKIPPED_SIZE
    return passing(Infinity, () => undefined)
  },
}

const SKIPPED_SIZE: Step = {
  size: 4,
  isRead: true,
  next: (bytes) => passing(bytes.readUInt32LE(), () => undefined),
}

const DESCRIPTOR: Step = {
  size: 1,
  isRead: true,
  next(bytes) {
    const descriptor = bytes.readUInt8()
    const isSingleSegment = (descriptor & 0x20) !== 0
    const window = isSingleSegment ? 0 : 1
    const dictionary = [0, 1, 2, 4][descriptor & 3] as number
    const content = [isSingleSegment ? 1 : 0, 2, 4, 8][descriptor >>> 6] as number
    return passing(window + dictionary + content, () => blockOf((descriptor & 4) === 0 ? 0 : 4))
  },
}

/** @param checksum bytes behind the last block */
function blockOf(checksum: number): Step {
  return {
    size: 3,
    isRead: true,
    next(bytes) {
      const header = bytes.readUIntLE(0, 3)
      const isLast = (header & 1) === 1
      const isRepeated = ((header >>> 1) & 3) === 1
      return passing(isRepeated ? 1 : header >>> 3, () =>
        isLast ? passing(checksum, () => undefined) : blockOf(checksum),
      )
    },
  }
}

function passing(size: number, next: () => Step | undefined): Step {
  return { size, isRead: false, next }
}
