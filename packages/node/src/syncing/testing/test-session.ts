import { randomBytes } from 'node:crypto'
import { decodeSyncMessage, MAC_KEY_BYTES, type SyncMessage, type SyncSet } from '@intelmesh/protocol'
import { hourOf } from '../../admission/index.ts'
import { nativeCrypto } from '../../crypto/index.ts'
import type { FrameChannel } from '../../network/index.ts'
import { PREFIX_BYTES } from '../../network/length-prefix.ts'
import { deflateFrame } from '../../network/zstd.ts'
import type { TestNode } from '../../testing/test-node.ts'
import { peerMaySee } from '../../trust/index.ts'
import { initiate, type SessionOutcome } from '../initiate.ts'
import { respond, type RespondComponents } from '../respond.ts'
import { createSameSets } from '../same-sets.ts'
import { breathe } from '../breathe.ts'
import { createCellKeeper } from '../cell-keeper.ts'

/** The two ends of a stream in memory, which count what would be on a real one; `frames` has all that went over it. */
export interface ChannelPair {
  readonly frames: Uint8Array[]
  readonly near: FrameChannel
  readonly far: FrameChannel
}

/** What `near` is to those at its far end, and the other way round: node key ids. */
export function channelPair(nearNode: string, farNode: string): ChannelPair {
  const frames: Uint8Array[] = []
  const toFar = pipe(frames)
  const toNear = pipe(frames)
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
  return { frames, near: end(farNode, toFar, toNear), far: end(nearNode, toNear, toFar) }
}

interface Pipe {
  /** Of its frames as they are on a stream: their lengths, and themselves compressed. */
  readonly bytes: number
  push(frame: Uint8Array): void
  pull(): Promise<Uint8Array | undefined>
  end(): void
}

function pipe(log: Uint8Array[]): Pipe {
  const waiting: Uint8Array[] = []
  let isEnded = false
  let bytes = 0
  let wake = (): void => undefined
  return {
    get bytes() {
      return bytes
    },
    push(frame) {
      log.push(frame)
      bytes += PREFIX_BYTES + deflateFrame(frame).length
      waiting.push(frame)
      wake()
    },
    async pull() {
      while (waiting.length === 0 && !isEnded) await new Promise<void>((resolve) => (wake = resolve))
      return waiting.shift()
    },
    end() {
      isEnded = true
      wake()
    },
  }
}

/** What a test session works on, with what it held against its peer. */
export interface TestSide extends RespondComponents {
  readonly faults: string[]
}

const newKey = (): Uint8Array => randomBytes(MAC_KEY_BYTES)

/** The session's view of a node, some of it changed. */
export function sideOf(node: TestNode, over: Partial<RespondComponents> = {}): TestSide {
  const faults: string[] = []
  const now = (): number => node.query.clock()
  return {
    store: node.store,
    trust: node.trust,
    admission: node.admission,
    sweeper: node.sweeper,
    crypto: nativeCrypto,
    hour: () => hourOf(now()),
    maySee: (peer, compartment) => peerMaySee(node.trust, now(), peer, compartment),
    floorOf: () => 0,
    sameSets: createSameSets(node.store, now),
    cells: createCellKeeper({ store: node.store, clock: now, newKey, breathe }),
    newKey,
    breathe,
    penalise: (_, code) => faults.push(code),
    onBreach: (_, code) => faults.push(code),
    isReady: () => true,
    refuse: () => undefined,
    onLacking: () => undefined,
    ...over,
    faults,
  }
}

/** Has one node lead a session over a set with another, and gives how it ended and what was said. */
export async function session(
  from: TestNode,
  to: TestNode,
  set: SyncSet,
  [near, far]: readonly [TestSide, TestSide] = [sideOf(from), sideOf(to)],
): Promise<{ readonly outcome: SessionOutcome; readonly said: readonly SyncMessage[] }> {
  const channel = channelPair(from.node, to.node)
  const [outcome, end] = await Promise.allSettled([
    whole(channel.near, initiate(near, channel.near, set)),
    whole(channel.far, respond(far, channel.far)),
  ])
  if (outcome.status === 'rejected') throw outcome.reason
  if (end.status === 'rejected') throw end.reason
  return { outcome: outcome.value, said: channel.frames.map((frame) => decodeSyncMessage(frame)) }
}

/** Closes one end with the work that goes on at it. */
async function whole<T>(end: FrameChannel, work: Promise<T>): Promise<T> {
  await using _end = end
  return await work
}
