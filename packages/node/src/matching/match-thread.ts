import { Worker } from 'node:worker_threads'
import type { MatchedLines } from './line-matcher.ts'
import type { ValueFilter } from './value-filter.ts'

/** The thread that looks at lines. It answers in the order in which it was asked. */
export interface MatchThread extends AsyncDisposable {
  /** Takes a copy of a piece. */
  push(piece: Uint8Array): Promise<MatchedLines>
  /** Takes what stands behind the last line break for a line. */
  end(): Promise<MatchedLines>
}

/** Starts the thread. It reads the filter where it is. */
export function startMatchThread(filter: ValueFilter): MatchThread {
  const waiting: PromiseWithResolvers<MatchedLines>[] = []
  const worker = new Worker(new URL(WORKER.file, import.meta.url), { workerData: filter, ...WORKER.options })
  let fault: unknown
  worker.on('message', (result: MatchedLines) => waiting.shift()?.resolve(result))
  worker.on('error', fail)
  worker.on('exit', () => fail(new Error('the thread that looks at lines has ended')))

  function fail(error: unknown): void {
    fault ??= error
    for (const { reject } of waiting.splice(0)) reject(fault)
  }

  function ask(piece: Uint8Array<ArrayBuffer> | undefined): Promise<MatchedLines> {
    const answer = Promise.withResolvers<MatchedLines>()
    // Nobody may wait for it yet.
    answer.promise.catch(() => undefined)
    waiting.push(answer)
    if (fault === undefined) worker.postMessage(piece, piece === undefined ? [] : [piece.buffer])
    else fail(fault)
    return answer.promise
  }

  return {
    push: (piece) => ask(new Uint8Array(piece)),
    end: () => ask(undefined),
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
