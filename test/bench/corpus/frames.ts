import { createReadStream } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'

/** Appends bytes behind their length, four bytes, big-endian. */
export async function writeFrame(file: FileHandle, bytes: Uint8Array): Promise<void> {
  const length = Buffer.alloc(LENGTH_BYTES)
  length.writeUInt32BE(bytes.length)
  await file.writev([length, bytes])
}

/** The frames of a file from its beginning. A chunk and a frame are in memory at a time: a read for each frame would show in what is measured. */
export async function* readFrames(path: string): AsyncGenerator<Uint8Array, void> {
  let rest: Buffer = Buffer.alloc(0)
  for await (const chunk of createReadStream(path, { highWaterMark: CHUNK_BYTES })) {
    rest = Buffer.concat([rest, chunk as Buffer])
    let at = 0
    for (let end = endOf(rest, at); end <= rest.length; end = endOf(rest, at)) {
      yield new Uint8Array(rest.subarray(at + LENGTH_BYTES, end))
      at = end
    }
    rest = rest.subarray(at)
  }
}

/** Where the frame that begins at `at` ends: beyond what is there, if it is not there whole. */
function endOf(bytes: Buffer, at: number): number {
  if (bytes.length - at < LENGTH_BYTES) return Infinity
  return at + LENGTH_BYTES + bytes.readUInt32BE(at)
}

const LENGTH_BYTES = 4
const CHUNK_BYTES: number = 1024 * 1024
