import { fork } from 'node:child_process'
import { once } from 'node:events'
import type { SoakGround, Violation } from '../run-soak.ts'

/** What the process is to do. */
export interface IngestTask extends Required<SoakGround> {
  /** Where signed records are kept between processes. */
  readonly cache: string
  /** Of the soak; 0 loads the records that are there before it begins. */
  readonly round: number
  /** Looks at every row and takes in nothing. */
  readonly isLast: boolean
}

/** What the process says: how it found the store, then the ids of each batch that is on disk. */
export type IngestNews = Opened | { readonly ids: readonly string[] }

interface Opened {
  /** Until the store was open. */
  readonly ms: number
  readonly violations: readonly Violation[]
  /** Records that are there and were not acknowledged: processes were killed between the two. */
  readonly unacknowledged: number
}

/** A process that opens a store, looks whether all is there, and takes in batches. Disposing kills it. */
export interface Ingest extends AsyncDisposable {
  /** @throws Error when the process ends before */
  readonly opened: Promise<Opened>
  /** Resolves once the process is gone. */
  readonly ended: Promise<void>
  /** The ids of the next batch that is on disk; nothing once the process is gone. Its turn ends with {@link noted}. */
  next(): Promise<readonly string[] | undefined>
  /** Tells the process that such ids are noted, so that it goes on. */
  noted(): void
  /** Sends SIGKILL so many ms later. */
  killAfter(ms: number): void
}

/** @param script the bundled ingest-process.ts */
export function startIngest(
  script: string,
  ground: Required<SoakGround> & { readonly cache: string; readonly isLast?: boolean },
  round: number,
): Ingest {
  const task: IngestTask = { isLast: false, ...ground, round }
  const child = fork(script, [JSON.stringify(task)], { execArgv: [] })
  const waiting: (readonly string[])[] = []
  let wake = (): void => undefined
  const { promise: opened, resolve, reject } = Promise.withResolvers<Opened>()
  opened.catch(() => undefined)
  child.on('message', (news: IngestNews) => {
    if (!('ids' in news)) return resolve(news)
    waiting.push(news.ids)
    wake()
  })
  let isGone = false
  const ended = once(child, 'exit').then(() => {
    isGone = true
    reject(new Error('the process ended before the store was open'))
    wake()
  })
  const kill = (): void => void child.kill('SIGKILL')
  return {
    opened,
    ended,
    async next() {
      while (waiting.length === 0 && !isGone) await new Promise<void>((awake) => (wake = awake))
      return waiting.shift()
    },
    noted: () => void (child.connected && child.send('noted', () => undefined)),
    killAfter: (ms) => void setTimeout(kill, ms),
    async [Symbol.asyncDispose]() {
      kill()
      await ended
    },
  }
}
