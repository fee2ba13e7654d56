import { once } from 'node:events'
import { open } from 'node:fs/promises'
import { Worker } from 'node:worker_threads'
import type { FoundLines, Span } from './regex-set.ts'

/** Threads that are ready to read a file. */
export interface RegexThreads extends AsyncDisposable {
  /** Reads the file, each thread a part of it. */
  match(): Promise<FoundLines>
}

/** What a thread is started with. */
export interface RegexThreadData {
  readonly path: string
  readonly known: ReadonlySet<string>
  readonly span: Span
}

/** Starts so many threads that each do what `matchByRegex` does with a part of a file, with a set of their own. */
export async function startRegexThreads(
  count: number,
  path: string,
  known: ReadonlySet<string>,
): Promise<RegexThreads> {
  const workers = (await spansOf(path, count)).map((span) => {
    const workerData: RegexThreadData = { path, known, span }
    return new Worker(new URL('./regex-set-worker.ts', import.meta.url), { workerData })
  })
  await Promise.all(workers.map((worker) => once(worker, 'message')))
  return {
    async match() {
      const ended = workers.map((worker) => once(worker, 'message') as Promise<[FoundLines]>)
      for (const worker of workers) worker.postMessage('start')
      const found = (await Promise.all(ended)).map(([each]) => each)
      return {
        lines: found.reduce((sum, { lines }) => sum + lines, 0),
        hits: found.reduce((sum, { hits }) => sum + hits, 0),
      }
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(workers.map((worker) => worker.terminate()))
    },
  }
}

/** Parts of about the same size, each of whole lines. */
async function spansOf(path: string, count: number): Promise<readonly Span[]> {
  await using file = await open(path)
  const { size } = await file.stat()
  const spans: Span[] = []
  const bytes = Buffer.alloc(LONGEST_LINE)
  let start = 0
  for (let part = 1; part <= count; part++) {
    const about = Math.floor((size * part) / count)
    const { bytesRead } = await file.read(bytes, 0, LONGEST_LINE, about)
    const end = about + bytes.subarray(0, bytesRead).indexOf('\n')
    spans.push({ start, end: part === count ? size - 1 : end })
    start = end + 1
  }
  return spans
}

/** Longer than any of the log that is measured with. */
const LONGEST_LINE: number = 64 * 1024
