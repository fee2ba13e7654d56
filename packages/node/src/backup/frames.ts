import { BackupError } from './errors.ts'

/** What a frame of a backup holds, by the byte that says so. The order is that in which they follow each other. */
const FRAME_KINDS = ['about', 'store', 'file', 'end'] as const
export type FrameKind = (typeof FRAME_KINDS)[number]

/** One piece of a backup. */
export interface Frame {
  readonly kind: FrameKind
  readonly payload: Uint8Array
}

/** More than any file of a home takes, and small enough to be held in memory. */
export const MAX_FRAME_BYTES: number = 1024 * 1024

/** A frame as it is written: kind (one byte), length (four, the greatest first), payload. @throws RangeError beyond {@link MAX_FRAME_BYTES} */
export function encodeFrame({ kind, payload }: Frame): Uint8Array {
  if (payload.length > MAX_FRAME_BYTES) throw new RangeError(`expected at most ${MAX_FRAME_BYTES} bytes`)
  const bytes = new Uint8Array(HEAD_BYTES + payload.length)
  bytes[0] = FRAME_KINDS.indexOf(kind)
  new DataView(bytes.buffer).setUint32(1, payload.length)
  bytes.set(payload, HEAD_BYTES)
  return bytes
}

/**
 * Reads frames up to and with the one that says `end`, in whatever pieces their bytes come.
 *
 * @throws BackupError BACKUP_MALFORMED, BACKUP_TRUNCATED
 */
export async function* decodeFrames(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Frame> {
  let held = new Uint8Array(0)
  let last = 0
  let hasEnded = false
  for await (const piece of pieces) {
    held = joined(held, piece)
    for (let head = headOf(held, last); head !== undefined; head = headOf(held, last)) {
      if (hasEnded) throw new BackupError('BACKUP_MALFORMED', 'expected nothing after the last part')
      const end = HEAD_BYTES + head.length
      if (held.length < end) break
      last = FRAME_KINDS.indexOf(head.kind)
      hasEnded = head.kind === 'end'
      yield { kind: head.kind, payload: held.slice(HEAD_BYTES, end) }
      held = held.subarray(end)
    }
  }
  if (hasEnded && held.length > 0)
    throw new BackupError('BACKUP_MALFORMED', 'expected nothing after the last part')
  if (!hasEnded) throw new BackupError('BACKUP_TRUNCATED', 'the backup ends before its last part')
}

const HEAD_BYTES = 5

/** Kind and length of the frame that begins here, once they are there. */
function headOf(
  bytes: Uint8Array,
  last: number,
): { readonly kind: FrameKind; readonly length: number } | undefined {
  if (bytes.length < HEAD_BYTES) return undefined
  const place = bytes[0] ?? FRAME_KINDS.length
  const kind = FRAME_KINDS[place]
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(1)
  if (kind === undefined || place < last || length > MAX_FRAME_BYTES)
    throw new BackupError('BACKUP_MALFORMED', 'expected the next part of a backup, got something else')
  return { kind, length }
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(first.length + second.length)
  bytes.set(first)
  bytes.set(second, first.length)
  return bytes
}
