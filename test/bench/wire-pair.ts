import type { FrameChannel } from '../../packages/node/src/network/index.ts'
import { PREFIX_BYTES } from '../../packages/node/src/network/length-prefix.ts'
import { deflateFrame, inflateFrame } from '../../packages/node/src/network/zstd.ts'
import { MAX_FRAME_BYTES } from '@intelmesh/protocol'

/** Both ends of a stream between two nodes of one process, with the bytes that would be on the stream: what opens it, yamux and Noise come on top. */
export interface WirePair {
  readonly near: FrameChannel
  readonly far: FrameChannel
  /** Bytes on the stream so far, both ways, prefixes and compression included. */
  readonly bytes: number
}

/** @param onFrame told of each frame before it is compressed, and whether the near end sent it */
export function wirePair(onFrame: (frame: Uint8Array, isNear: boolean) => void = () => undefined): WirePair {
  const toFar = pipe((frame) => onFrame(frame, true))
  const toNear = pipe((frame) => onFrame(frame, false))
  const end = (node: string, out: Pipe, from: Pipe): FrameChannel => ({
    peer: { node, certificate: '', notAfter: Infinity },
    bytes: {
      get sent() {
        return out.bytes
      },
      get received() {
        return from.bytes
      },
    },
    send: async (frame) => out.push(frame),
    receive: () => from.pull(),
    abort: () => out.end(),
    [Symbol.asyncDispose]: async () => out.end(),
  })
  return {
    near: end('far', toFar, toNear),
    far: end('near', toNear, toFar),
    get bytes() {
      return toFar.bytes + toNear.bytes
    },
  }
}

interface Pipe {
  readonly bytes: number
  push(frame: Uint8Array): void
  pull(): Promise<Uint8Array | undefined>
  end(): void
}

function pipe(onFrame: (frame: Uint8Array) => void): Pipe {
  const waiting: Uint8Array[] = []
  let bytes = 0
  let isEnded = false
  let wake = (): void => undefined
  return {
    get bytes() {
      return bytes
    },
    push(frame) {
      onFrame(frame)
      const deflated = deflateFrame(frame)
      bytes += PREFIX_BYTES + deflated.length
      waiting.push(deflated)
      wake()
    },
    async pull() {
      while (waiting.length === 0 && !isEnded) await new Promise<void>((resolve) => (wake = resolve))
      const deflated = waiting.shift()
      return deflated === undefined ? undefined : inflateFrame(deflated, MAX_FRAME_BYTES)
    },
    end() {
      isEnded = true
      wake()
    },
  }
}
