import { open, type FileHandle } from 'node:fs/promises'

/** Appends bytes behind their length, four bytes, big-endian. */
export async function writeFrame(file: FileHandle, bytes: Uint8Array): Promise<void> {
  const length = Buffer.alloc(LENGTH_BYTES)
  length.writeUInt32BE(bytes.length)
  await file.writev([length, bytes])
}

/** The frames of a file from its beginning, one in memory at a time. */
export async function* readFrames(path: string): AsyncGenerator<Uint8Array, void> {
  await using file = await open(path)
  const length = Buffer.alloc(LENGTH_BYTES)
  for (;;) {
    const { bytesRead } = await file.read(length)
    if (bytesRead === 0) return
    const bytes = new Uint8Array(length.readUInt32BE())
    await file.read(bytes)
    yield bytes
  }
}

const LENGTH_BYTES = 4
