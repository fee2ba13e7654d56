import type { MatchThread } from './match-thread.ts'
import type { MatchedLines } from './line-matcher.ts'

/**
 * Finds in a stream of text what a thread was told to find. What comes is given as soon as it is there; how much is
 * held does not depend on the input.
 *
 * @throws what `pieces` throws, after all that came before it was given
 */
export async function* matchLines(
  thread: Pick<MatchThread, 'push' | 'more' | 'end'>,
  pieces: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): AsyncIterable<MatchedLines> {
  const source = pieces[Symbol.asyncIterator]()
  const working: Promise<MatchedLines>[] = []
  let reading: Promise<IteratorResult<Uint8Array>> | undefined
  let fault: { readonly cause: unknown } | undefined
  try {
    for (;;) {
      signal.throwIfAborted()
      reading ??= settling(source.next())
      const isReady = await firstOf(reading, working)
      if (isReady === 'result') {
        const lines = await (working.shift() as Promise<MatchedLines>)
        if (lines.hasMore) working.unshift(thread.more())
        yield lines
      } else {
        const { done, value } = await reading
        reading = undefined
        if (done === true) break
        working.push(thread.push(value))
      }
    }
  } catch (cause) {
    fault = { cause }
  } finally {
    // A source that waits for more ends when it likes.
    if (source.return !== undefined) void settling(source.return())
  }
  signal.throwIfAborted()
  working.push(thread.end())
  for (let result = working.shift(); result !== undefined; result = working.shift()) {
    const lines = await result
    if (lines.hasMore) working.unshift(thread.more())
    yield lines
  }
  if (fault !== undefined) throw fault.cause
}

/** Pieces that the thread has at one time: it need not wait for the next, and no more are held. */
const PIECES_AT_ONCE = 4

/** A promise that may fail before anybody waits for it. */
function settling<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined)
  return promise
}

/** What comes first: the next piece, unless enough are with the thread, or what became of the oldest one. */
async function firstOf(
  reading: Promise<unknown>,
  [oldest, ...others]: readonly Promise<unknown>[],
): Promise<'piece' | 'result'> {
  if (oldest === undefined) return reading.then(() => 'piece')
  const result = oldest.then(() => 'result' as const)
  return others.length + 1 >= PIECES_AT_ONCE
    ? result
    : Promise.race([result, reading.then(() => 'piece' as const)])
}
