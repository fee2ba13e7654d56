import { availableParallelism } from 'node:os'
import type { NodeApi } from '../api.ts'
import { FINGERPRINT_SORTS } from '../store/sidecar/index.ts'
import { asUtf8 } from './as-utf8.ts'
import { type ConfirmedMatch, createConfirmer } from './confirm.ts'
import { inflated } from './inflated.ts'
import { type MatchedText, matchLines } from './match-lines.ts'
import { startMatchThread } from './match-thread.ts'
import { readFilter } from './value-filter.ts'

/** What came of some more lines, as the node confirms it. */
export interface ConfirmedLines extends Pick<MatchedText, 'lines' | 'cut'> {
  readonly matches: readonly ConfirmedMatch[]
}

/** Finds what a node knows in log lines, one text after the other. */
export interface Matcher extends AsyncDisposable {
  /** Values that the node lets be known. */
  readonly values: number
  /**
   * Reads text of any shape, plain, gzip or zstd, line by line, and gives what comes of it as soon as it is there. It is in UTF-8, or
   * in UTF-16 and says so with a byte order mark.
   *
   * @throws MatchError INPUT_COMPRESSION, INPUT_TRUNCATED, after all that could be read was given; what `pieces` and the node throw
   */
  match(pieces: AsyncIterable<Uint8Array>, signal: AbortSignal): AsyncIterable<ConfirmedLines>
}

/**
 * Fetches once what a node lets its caller know of, and asks it for nothing but what is in the lines and likely known. What arrives
 * later is not found.
 *
 * @throws MatchError MATCH_FILTER_DAMAGED; what the node throws
 */
export async function openMatcher(
  api: Pick<NodeApi, 'filter' | 'lookup'>,
  signal: AbortSignal,
): Promise<Matcher> {
  await using opening = new AsyncDisposableStack()
  // They start while the filter is on its way.
  const threads = Array.from({ length: THREADS }, () => opening.use(startMatchThread()))
  const filter = await readFilter(api.filter(signal))
  for (const thread of threads) thread.load(filter)
  const confirm = createConfirmer((values) => api.lookup(values))
  const opened = opening.move()
  return {
    values: FINGERPRINT_SORTS.reduce((sum, sort) => sum + filter[sort].words.length / 2, 0),
    async *match(pieces, until) {
      for await (const { matches, lines, cut } of matchLines(threads, asUtf8(inflated(pieces, until)), until))
        yield { lines, cut, matches: await confirm(matches) }
    },
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  }
}

/** More would wait for what reads the text and asks the node, which is one thread. */
const THREADS: number = Math.min(2, availableParallelism())
