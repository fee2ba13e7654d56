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
  /**
   * A channel whose use is charged to its peer, as one session from now until it is disposed of; that leaves the channel itself open. Where its peer
   * has overdrawn, it waits before the next frame, either way: for {@link MAX_DEBT_SECONDS} at most, so that nobody takes it for dead.
   */
  charged(channel: FrameChannel): ChargedChannel
}

/** The channel of one session that is served. */
export interface ChargedChannel extends FrameChannel {
  /**
   * Takes a place for the session, until the channel is disposed of: it holds a view of the store. Gives why there is none now; `undefined` when there
   * is one.
   */
  takePlace(): string | undefined
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

/**
 * Full buckets.
 *
 * @param clock ms, from any start
 * @param pause resolves after so many ms
 */
export function createBudgets(
  clock: () => number,
  pause: (ms: number) => Promise<unknown>,
  options: BudgetOptions,
): Budgets {
  const buckets = new Map<string, Bucket>()
  const rates: Spending = { sessions: options.sessions, bytes: options.bytes, workMs: options.workMs }
  /** Sessions that have a place, by peer. */
  const running = new Map<string, number>()
  let taken = 0

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

  /** What one message costs far beyond the burst is forgiven: nobody waits longer than the other side does. */
  function charge(node: string, cost: Spending): void {
    const { at, spent } = bucketOf(node)
    const most = (name: keyof Spending): number => rates[name] * (options.burst + MAX_DEBT_SECONDS)
    buckets.set(node, { at, spent: combined((name) => Math.min(spent[name] + cost[name], most(name))) })
  }

  /** ms until a peer is within its burst again. */
  function overdraft(node: string): number {
    const { spent } = bucketOf(node)
    return Math.max(0, ...NAMES.map((name) => 1000 * (spent[name] / rates[name] - options.burst)))
  }

  /** Whoever has many places gives way first: the fuller it is, the fewer one peer has. */
  function hasPlace(node: string): boolean {
    const share = SHARES.find(([load]) => taken < load * options.atOnce)?.[1] ?? 0
    return (running.get(node) ?? 0) < share
  }

  function count(node: string, change: 1 | -1): void {
    taken += change
    const left = (running.get(node) ?? 0) + change
    if (left > 0) running.set(node, left)
    else running.delete(node)
  }

  return {
    charged(channel) {
      const { node } = channel.peer
      let bytes = 0
      let since: number | undefined
      let isPlaced = false
      charge(node, { ...NOTHING, sessions: 1 })

      /** Ends a stretch of work, or of waiting for the peer. */
      function settle(isWorking: boolean): void {
        const now = clock()
        const total = channel.bytes.sent + channel.bytes.received
        charge(node, { sessions: 0, bytes: total - bytes, workMs: since === undefined ? 0 : now - since })
        bytes = total
        since = isWorking ? now : undefined
      }

      async function payUp(): Promise<void> {
        settle(false)
        const ms = overdraft(node)
        if (ms > 0) await pause(ms)
      }

      return {
        peer: channel.peer,
        get bytes() {
          return channel.bytes
        },
        abort: () => channel.abort(),
        takePlace() {
          if (isPlaced) return undefined
          if (overdraft(node) > 0 || !hasPlace(node)) return 'BUSY'
          isPlaced = true
          count(node, 1)
          return undefined
        },
        async send(frame) {
          await payUp()
          await channel.send(frame)
          settle(true)
        },
        async receive() {
          await payUp()
          const frame = await channel.receive()
          settle(true)
          return frame
        },
        async [Symbol.asyncDispose]() {
          settle(false)
          if (isPlaced) count(node, -1)
          isPlaced = false
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
/** Places of one peer while less than so much of all is taken. */
const SHARES: readonly (readonly [load: number, places: number])[] = [
  [1 / 2, 4],
  [3 / 4, 2],
  [1, 1],
]
/** More than there are connections. */
const MAX_BUCKETS = 1024

function combined(of: (name: keyof Spending) => number): Spending {
  return { sessions: of('sessions'), bytes: of('bytes'), workMs: of('workMs') }
}

function isFull({ spent }: Bucket): boolean {
  return NAMES.every((name) => spent[name] === 0)
}
