import { Worker } from 'node:worker_threads'
import type { MatchedLines } from './line-matcher.ts'
import type { ValueFilter } from './value-filter.ts'

/** A thread that looks at lines. It answers in the order in which it was asked. */
export interface MatchThread extends AsyncDisposable {
  /** What is to be found from now on; first of all. The thread reads it where it is. */
  load(filter: ValueFilter): void
  /** Takes a copy of a piece. */
  push(piece: Uint8Array): Promise<MatchedLines>
  /** Goes on with the piece whose answer said that it holds more, ahead of those that were pushed since. */
  more(): Promise<MatchedLines>
  /** Takes what stands behind the last line break for a line. What is pushed then begins another. */
  end(): Promise<MatchedLines>
}

/** What a thread is told. */
export type ThreadTask =
  | { readonly do: 'load'; readonly filter: ValueFilter }
  | { readonly do: 'push'; readonly piece: Uint8Array }
  | { readonly do: 'more' }
  | { readonly do: 'end' }

/** Starts a thread. */
export function startMatchThread(): MatchThread {
  const waiting: PromiseWithResolvers<MatchedLines>[] = []
  const worker = new Worker(new URL(WORKER.file, import.meta.url), WORKER.options)
  let fault: unknown
  worker.on('message', (result: MatchedLines) => waiting.shift()?.resolve(result))
  worker.on('error', fail)
  worker.on('exit', () => fail(new Error('a thread that looks at lines has ended')))

  function fail(error: unknown): void {
    fault ??= error
    for (const { reject } of waiting.splice(0)) reject(fault)
  }

  function ask(task: ThreadTask, moved: readonly ArrayBuffer[] = []): Promise<MatchedLines> {
    const answer = Promise.withResolvers<MatchedLines>()
    // Nobody may wait for it yet.
    answer.promise.catch(() => undefined)
    if (task.do === 'more') waiting.unshift(answer)
    else waiting.push(answer)
    if (fault === undefined) worker.postMessage(task, moved)
    else fail(fault)
    return answer.promise
  }

  return {
    load(filter) {
      worker.postMessage({ do: 'load', filter } satisfies ThreadTask)
    },
    push(bytes) {
      const piece = new Uint8Array(bytes)
      return ask({ do: 'push', piece }, [piece.buffer])
    },
    more: () => ask({ do: 'more' }),
    end: () => ask({ do: 'end' }),
    async [Symbol.asyncDispose]() {
      await worker.terminate()
    },
  }
}

/** Without a build, the thread too runs from the sources. Its heap stays small whatever it reads. */
const WORKER = {
  file: import.meta.url.endsWith('.ts') ? './match-worker.ts' : './match-worker.js',
  options: {
    execArgv: import.meta.url.endsWith('.ts') ? ['--conditions=source'] : [],
    resourceLimits: { maxOldGenerationSizeMb: 128 },
  },
} as const
