import type { Logger } from '../observe/index.ts'
import type { Note } from './entry.ts'
import type { Trail } from './trail.ts'

export interface RepeatsComponents {
  readonly trail: Pick<Trail, 'append'>
  readonly logger: Logger
  /** ms since the Unix epoch. */
  readonly clock: () => number
}

/** Something that is noted once for all its repetitions within a minute. */
export interface Repeatable {
  readonly note: Note
  /** What of the detail varies between repetitions: the first are listed. */
  readonly which: string
  /** How many things were asked for, where a request may ask for many. */
  readonly values?: number
}

/**
 * Notes what may happen often: the first time at once, and what follows within the minute as one entry when it is over. A trail
 * that cannot be written stops nobody here: what is not noted is counted, and noted when it can be.
 */
export interface Repeats extends AsyncDisposable {
  see(event: Repeatable): Promise<void>
}

/** Starts the minutes. Disposing notes what is still counted. */
export function createRepeats({ trail, logger, clock }: RepeatsComponents): Repeats {
  const counted = new Map<string, Count>()
  const timer = setInterval(() => void settle(clock() - MINUTE_MS), SETTLE_MS)
  timer.unref()
  let settling: Promise<void> = Promise.resolve()

  /** Notes the counts of minutes that began by `since`. */
  function settle(since: number): Promise<void> {
    const over = [...counted].filter(([, { startedAt }]) => startedAt <= since)
    for (const [key] of over) counted.delete(key)
    const writes = over.filter(([, { times }]) => times > 0).map(([key, count]) => noteCount(key, count))
    settling = Promise.all([settling, ...writes]).then(() => undefined)
    return settling
  }

  async function noteCount(key: string, count: Count): Promise<void> {
    const { note, times, values, which } = count
    const detail = {
      ...kindOf(note),
      again: times,
      ...(values > 0 && { values }),
      ...(which.size > 0 && { of: [...which] }),
    }
    if (await isNoted({ ...note, detail })) return
    // Counted on, in the minute after.
    const since = counted.get(key)
    if (since === undefined) counted.set(key, { ...count, startedAt: clock() })
    else {
      since.times += times
      since.values += values
    }
  }

  async function isNoted(note: Note): Promise<boolean> {
    try {
      await trail.append(note, { sync: false })
      return true
    } catch (error) {
      logger.error('the audit trail cannot be written', { error })
      return false
    }
  }

  return {
    async see({ note, which, values }) {
      // Counted before anything is waited for, so that nothing is lost to an end that comes meanwhile.
      const settled = settle(clock() - MINUTE_MS)
      const key = JSON.stringify([note.person, note.token, note.action, kindOf(note)])
      const count = counted.get(key)
      if (count === undefined) {
        const started: Count = { note, startedAt: clock(), times: 0, values: 0, which: new Set() }
        if (counted.size < MAX_COUNTED) counted.set(key, started)
        if (!(await isNoted(note))) add(started, which, values)
      } else add(count, which, values)
      await settled
    },
    async [Symbol.asyncDispose]() {
      clearInterval(timer)
      await settle(Infinity)
    },
  }
}

interface Count {
  readonly note: Note
  readonly startedAt: number
  times: number
  values: number
  readonly which: Set<string>
}

const MINUTE_MS = 60_000
const SETTLE_MS = 15_000
/** Callers times methods: a node has a thousand tokens at most. What is beyond it is noted each time. */
const MAX_COUNTED = 20_000
const MAX_LISTED = 20

function add(count: Count, which: string, values = 0): void {
  count.times += 1
  count.values += values
  if (which !== '' && count.which.size < MAX_LISTED) count.which.add(which)
}

/** What repetitions have in common with the first: the method that was asked, or the code of a refusal. */
function kindOf({ detail: { method, code } }: Note): Note['detail'] {
  return { ...(code !== undefined ? { code } : method !== undefined && { method }) }
}
