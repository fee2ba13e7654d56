import type { MessageStream } from '@libp2p/interface'

/** Bytes that wait to be cut into frames. */
interface Waiting {
  readonly length: number
  get(index: number): number
}

/** What Noise makes of a connection, which keeps its decoder to itself. */
interface NoiseStream extends MessageStream {
  readonly decoder?: { lengthDecoder?: (bytes: Waiting) => number }
}

/** The longest frame of Noise: longer than anything of which not even the length is there. */
const LONGEST = 0xffff

/**
 * Has Noise read the lengths of its frames without errors. By itself it throws and catches one, with its stack, for every chunk that
 * ends where a frame does, which is nearly every chunk.
 */
export function readLengthsQuietly(connection: MessageStream): void {
  const { decoder } = connection as NoiseStream
  if (decoder?.lengthDecoder !== undefined) decoder.lengthDecoder = lengthOf
}

/** Length of the next frame, or one that it waits for while there are not both bytes of it. */
function lengthOf(bytes: Waiting): number {
  return bytes.length < 2 ? LONGEST : (bytes.get(0) << 8) | bytes.get(1)
}
