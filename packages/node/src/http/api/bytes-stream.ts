const BYTES = 'application/octet-stream'

/**
 * A stream of bytes; the next are asked for only once the reader took the last. When they end before their end, `cut` has to break
 * the connection, so that nobody takes a part for the whole.
 */
export async function bytesResponse(
  open: (signal: AbortSignal) => AsyncIterable<Uint8Array>,
  signal: AbortSignal,
  cut: (cause: unknown) => void,
): Promise<Response> {
  const ended = new AbortController()
  const until = AbortSignal.any([signal, ended.signal])
  const chunks = open(until)[Symbol.asyncIterator]()
  // What is wrong at the start is still said in words.
  let next: Promise<IteratorResult<Uint8Array>> | undefined = Promise.resolve(await chunks.next())
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const { done, value } = await (next ?? chunks.next())
        next = undefined
        until.throwIfAborted()
        if (done === true) controller.close()
        else controller.enqueue(value)
      } catch (error) {
        cut(error)
        if (!ended.signal.aborted) controller.close()
      }
    },
    async cancel() {
      ended.abort()
      await chunks.return?.()
    },
  })
  return new Response(body, { headers: { 'content-type': BYTES, 'cache-control': 'no-store' } })
}
