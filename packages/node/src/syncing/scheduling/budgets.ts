import type { FrameChannel } from '../../network/index.ts'

/** What serving sessions may cost. Buckets fill at these rates, per second, up to `burst` seconds of them. */
export interface BudgetOptions {
  /** For one peer. */
  readonly sessions: number
  /** Bytes either way, as on the stream, for one peer. */
  readonly bytes: number
  /** ms of work between a message and its answer, for one peer. */
  readonly workMs: number
  /** Seconds. */
  readonly burst: number
  /** Sessions served at one time, for all peers together: each holds a view of the store. */
  readonly atOnce: number
}

/** What peers have left of what this node does for them. */
export interface Budgets {
  /** Why a peer is not served now; `undefined` when it is. Nothing is charged for asking. */
  refusal(node: string): string | undefined
  /** A channel whose use is charged to its peer, as one session from now until it is disposed of; that leaves the channel itself open. */
  charged(channel: FrameChannel): FrameChannel
}

/**
 * What a node that asks for no more than it lacks never meets: a first copy of a million records takes some minutes of work, and a
 * visit of all sets ten sessions.
 */
export const DEFAULT_BUDGETS: BudgetOptions = {
  sessions: 20,
  bytes: 8 * 1024 * 1024,
  workMs: 500,
  burst: 60,
  atOnce: 64,
}

/** Full buckets. @param clock ms, from any start */
export function createBudgets(clock: () => number, options: BudgetOptions): Budgets {
  const buckets = new Map<string, Bucket>()
  const rates: Spending = { sessions: options.sessions, bytes: options.bytes, workMs: options.workMs }
  let running = 0

  /** The bucket as it is now. When there are many, full ones are forgotten: they are what a stranger has. */
  function bucketOf(node: string): Bucket {
    const now = clock()
    if (buckets.size > MAX_BUCKETS)
      for (const [other, bucket] of buckets) if (isFull(refilled(bucket, now))) buckets.delete(other)
    return refilled(buckets.get(node) ?? { at: now, spent: NOTHING }, now)
  }

  function refilled({ at, spent }: Bucket, now: number): Bucket {
    const seconds = (now - at) / 1000
    return { at: now, spent: combined((name) => Math.max(0, spent[name] - rates[name] * seconds)) }
  }

  /** What was spent beyond the burst is forgiven soon: a session ends by its own bounds, and is begun no more before. */
  function charge(node: string, cost: Spending): void {
    const { at, spent } = bucketOf(node)
    const most = (name: keyof Spending): number => rates[name] * (options.burst + MAX_DEBT_SECONDS)
    buckets.set(node, { at, spent: combined((name) => Math.min(spent[name] + cost[name], most(name))) })
  }

  return {
    refusal(node) {
      const { spent } = bucketOf(node)
      const isSpent = NAMES.some((name) => spent[name] >= rates[name] * options.burst)
      return isSpent || running > options.atOnce ? 'BUSY' : undefined
    },
    charged(channel) {
      const { node } = channel.peer
      let bytes = 0
      let since: number | undefined
      running++
      charge(node, { ...NOTHING, sessions: 1 })

      /** Ends a stretch of work, or of waiting for the peer. */
      function settle(isWorking: boolean): void {
        const now = clock()
        const total = channel.bytes.sent + channel.bytes.received
        charge(node, { sessions: 0, bytes: total - bytes, workMs: since === undefined ? 0 : now - since })
        bytes = total
        since = isWorking ? now : undefined
      }

      return {
        peer: channel.peer,
        get bytes() {
          return channel.bytes
        },
        async send(frame) {
          settle(false)
          await channel.send(frame)
          settle(true)
        },
        async receive() {
          settle(false)
          const frame = await channel.receive()
          settle(true)
          return frame
        },
        async [Symbol.asyncDispose]() {
          settle(false)
          running--
        },
      }
    },
  }
}

interface Spending {
  readonly sessions: number
  readonly bytes: number
  readonly workMs: number
}

interface Bucket {
  readonly at: number
  readonly spent: Spending
}

const NAMES = ['sessions', 'bytes', 'workMs'] as const
const NOTHING: Spending = { sessions: 0, bytes: 0, workMs: 0 }
const MAX_DEBT_SECONDS = 10
/** More than there are connections. */
const MAX_BUCKETS = 1024

function combined(of: (name: keyof Spending) => number): Spending {
  return { sessions: of('sessions'), bytes: of('bytes'), workMs: of('workMs') }
}

function isFull({ spent }: Bucket): boolean {
  return NAMES.every((name) => spent[name] === 0)
}
