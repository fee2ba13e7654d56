import { createZstdCompress } from 'node:zlib'

/**
 * Compresses pieces as one zstd stream, at the default level.
 *
 * @returns bytes of the stream
 */
export async function oneStream(pieces: AsyncIterable<Uint8Array>): Promise<number> {
  const stream = createZstdCompress()
  const writing = (async () => {
    for await (const piece of pieces)
      if (!stream.write(piece)) await new Promise((resolve) => stream.once('drain', resolve))
    stream.end()
  })()
  let bytes = 0
  for await (const part of stream) bytes += (part as Uint8Array).length
  await writing
  return bytes
}
