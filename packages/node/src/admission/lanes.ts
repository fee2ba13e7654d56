import { isUrgentBatch } from '@intelmesh/protocol'
import type { Source } from './verdict.ts'

/**
 * Ways into admission, first things first: what is urgent, what the own organisation publishes, what peers send by themselves,
 * and what this node asked for or reads from a file.
 *
 * @see docs/spec/admission.md, "Queues"
 */
export type Lane = 'alert' | 'own' | 'gossip' | 'asked'

/** What waits for admission, or is in it. */
export interface Lanes {
  /**
   * Takes a place and resolves when its turn to be judged has come. Gives `undefined` at once when the lane is full and its sender
   * cannot be made to wait.
   */
  enter(lane: Lane, bytes: number): Promise<Place> | undefined
}

/** A place in a lane. Both are called once. */
export interface Place {
  /** The verdict is given: another may be judged. */
  judged(): void
  /** All of it is stored or refused: its bytes are free. */
  left(): void
}

/**
 * Batches and records judged side by side: enough that every thread of the pool has a signature to verify, and still has one when a
 * group of them has been put together to be written. When it is reached, half of them are judged before more begin, many at once: threads that fall asleep between two signatures take longer to
 * wake than to verify one.
 */
const MAX_JUDGING = 128
/** One turn in so many is that of the lanes in the opposite order: a flood upstairs must not starve reconciliation. */
const TURNS = 8

interface LaneRules {
  /** Bytes that wait, are judged or are written. */
  readonly maxBytes: number
  /** Whether what does not fit waits at its source, instead of being let go. */
  readonly mayWait: boolean
}

const MIB = 1024 * 1024
const RULES: Readonly<Record<Lane, LaneRules>> = {
  alert: { maxBytes: 8 * MIB, mayWait: false },
  own: { maxBytes: 16 * MIB, mayWait: true },
  gossip: { maxBytes: 32 * MIB, mayWait: false },
  asked: { maxBytes: 16 * MIB, mayWait: true },
}
export const LANES: readonly Lane[] = Object.keys(RULES) as Lane[]

const LANE_OF: Readonly<Record<Source['kind'], Lane>> = {
  self: 'own',
  peer: 'gossip',
  asked: 'asked',
  file: 'asked',
  shelf: 'asked',
}

/** The lane for what came from `source`; of batches, the bytes say whether they are urgent. */
export function laneOf(source: Source, batch?: Uint8Array): Lane {
  const lane = LANE_OF[source.kind]
  return lane === 'gossip' && batch !== undefined && isUrgentBatch(batch) ? 'alert' : lane
}

interface Waiting {
  readonly bytes: number
  readonly start: (place: Place) => void
}

interface LaneState {
  readonly waiting: Waiting[]
  waitingBytes: number
  startedBytes: number
}

export function createLanes(): Lanes {
  const states = Object.fromEntries(
    LANES.map((lane) => [lane, { waiting: [], waitingBytes: 0, startedBytes: 0 }]),
  ) as unknown as Readonly<Record<Lane, LaneState>>
  let judging = 0
  let started = 0
  let isFull = false

  function startNext(): void {
    if (judging <= MAX_JUDGING / 2) isFull = false
    for (let lane = nextLane(); lane !== undefined; lane = nextLane()) {
      started++
      start(states[lane])
      if (judging === MAX_JUDGING) isFull = true
    }
  }

  function nextLane(): Lane | undefined {
    if (judging === MAX_JUDGING) return undefined
    if ((started + 1) % TURNS === 0) return LANES.findLast(mayStart)
    // What is urgent does not wait until half of a full house is judged.
    if (isFull) return mayStart('alert') ? 'alert' : undefined
    return LANES.find(mayStart)
  }

  /** What is larger than its lane starts when it is alone. */
  function mayStart(lane: Lane): boolean {
    const { waiting, startedBytes } = states[lane]
    const [first] = waiting
    return first !== undefined && (startedBytes === 0 || startedBytes + first.bytes <= RULES[lane].maxBytes)
  }

  function start(state: LaneState): void {
    const { bytes, start: begin } = state.waiting.shift() as Waiting
    state.waitingBytes -= bytes
    state.startedBytes += bytes
    judging++
    begin({
      judged() {
        judging--
        startNext()
      },
      left() {
        state.startedBytes -= bytes
        startNext()
      },
    })
  }

  return {
    enter(lane, bytes) {
      const state = states[lane]
      const { maxBytes, mayWait } = RULES[lane]
      if (!mayWait && state.waitingBytes + state.startedBytes + bytes > maxBytes) return undefined
      return new Promise((resolve) => {
        state.waitingBytes += bytes
        state.waiting.push({ bytes, start: resolve })
        startNext()
      })
    },
  }
}
