import { MAX_FRAME_BYTES } from '@intelmesh/protocol'
import { type FrameChannel, NetworkError, type PeerIdentity } from '../../packages/node/src/network/index.ts'
import type { Owner, Timeline } from './timeline.ts'

/** One end of a stream: who is there, and who is at the other end. */
export interface End {
  readonly owner: Owner
  readonly peer: PeerIdentity
}

/** A stream between two nodes that lasts until either end closes it or it breaks. */
export interface Stream {
  readonly ends: readonly [FrameChannel, FrameChannel]
  /** Neither end hears of the other again. */
  break(): void
}

/** What becomes of a frame from the first or second end: it takes so many ms, is lost without a word, or the stream breaks over it. */
export type Passage = (from: 0 | 1) => number | 'lost' | 'break'

/** What a node waits for a frame, in ms, before it takes the stream for broken. */
const TIMEOUT_MS = 20_000

export function createStream(timeline: Timeline, passage: Passage, ends: readonly [End, End]): Stream {
  const [a, b] = [createInbox(timeline, ends[0]), createInbox(timeline, ends[1])]
  const stop = (): void => {
    a.fail()
    b.fail()
  }

  function channel(from: 0 | 1, own: Inbox, other: Inbox): FrameChannel {
    const { peer } = ends[from]
    const far = ends[1 - from]?.owner
    const bytes = { sent: 0, received: 0 }
    let arrivesAt = 0

    function transmit(deliver: () => void): void {
      const ms = passage(from)
      if (ms === 'break') return stop()
      if (ms === 'lost') return
      arrivesAt = Math.max(arrivesAt, timeline.now + ms)
      timeline.after(arrivesAt - timeline.now, deliver, far)
    }

    return {
      peer,
      bytes,
      async send(frame) {
        if (frame.length > MAX_FRAME_BYTES) throw new NetworkError('FRAME_TOO_LARGE', `${frame.length} bytes`)
        if (own.isBroken) throw broken()
        bytes.sent += frame.length
        const copy = frame.slice()
        transmit(() => other.put(copy))
      },
      async receive() {
        const frame = await own.take()
        bytes.received += frame?.length ?? 0
        return frame
      },
      abort: stop,
      async [Symbol.asyncDispose]() {
        if (!own.isBroken) transmit(() => other.put(undefined))
      },
    }
  }

  return { ends: [channel(0, a, b), channel(1, b, a)], break: stop }
}

interface Inbox {
  readonly isBroken: boolean
  put(frame: Uint8Array | undefined): void
  take(): Promise<Uint8Array | undefined>
  fail(): void
}

interface Waiting {
  readonly resolve: (frame: Uint8Array | undefined) => void
  readonly reject: (error: Error) => void
}

/** Frames in the order in which they were sent; after the end of the stream nothing but ends. */
function createInbox(timeline: Timeline, { owner }: End): Inbox {
  const frames: (Uint8Array | undefined)[] = []
  let waiting: Waiting | undefined
  let isBroken = false
  let isEnded = false

  const inbox: Inbox = {
    get isBroken() {
      return isBroken
    },
    put(frame) {
      if (isBroken || owner.isDead) return
      if (waiting === undefined) frames.push(frame)
      else waiting.resolve(frame)
      waiting = undefined
    },
    async take() {
      if (isBroken) throw broken()
      if (isEnded) return undefined
      const frame = frames.length > 0 ? frames.shift() : await next()
      isEnded = frame === undefined
      return frame
    },
    fail() {
      isBroken = true
      if (!owner.isDead) waiting?.reject(broken())
      waiting = undefined
    },
  }

  function next(): Promise<Uint8Array | undefined> {
    return new Promise((resolve, reject) => {
      const cancel = timeline.after(TIMEOUT_MS, () => inbox.fail(), owner)
      const end =
        <T>(settle: (value: T) => void) =>
        (value: T): void => {
          cancel()
          settle(value)
        }
      waiting = { resolve: end(resolve), reject: end(reject) }
    })
  }
  return inbox
}

function broken(): NetworkError {
  return new NetworkError('STREAM_CLOSED', 'the stream broke')
}
