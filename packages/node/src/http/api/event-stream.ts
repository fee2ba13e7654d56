import { describeFault } from './problem.ts'

/** Often enough that routers keep the connection and a reader that has gone is noticed. */
const BEAT_MS = 15_000
const EVENT_STREAM = 'text/event-stream; charset=utf-8'

/**
 * What comes, as server-sent events: `name` with its JSON, and `problem` before the stream ends by a fault. What has a `sequence`
 * has it for an id. The next is asked for only once the reader took the last, so that a slow reader costs no memory here.
 */
export function eventsResponse(
  name: string,
  open: (signal: AbortSignal) => AsyncIterable<object>,
  signal: AbortSignal,
): Response {
  const ended = new AbortController()
  const items = open(AbortSignal.any([signal, ended.signal]))[Symbol.asyncIterator]()
  let beat: ReturnType<typeof setInterval> | undefined
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(encode(': connected\n\n'))
      beat = setInterval(() => controller.enqueue(encode(': beat\n\n')), BEAT_MS)
      beat.unref()
    },
    async pull(controller) {
      const event = await nextEvent(name, items)
      if (event.text !== '') controller.enqueue(encode(event.text))
      if (!event.isLast) return
      clearInterval(beat)
      controller.close()
    },
    async cancel() {
      clearInterval(beat)
      ended.abort()
      await items.return?.()
    },
  })
  return new Response(body, { headers: { 'content-type': EVENT_STREAM, 'cache-control': 'no-store' } })
}

interface StreamEvent {
  readonly text: string
  readonly isLast: boolean
}

async function nextEvent(name: string, items: AsyncIterator<object>): Promise<StreamEvent> {
  try {
    const { done, value } = await items.next()
    if (done === true) return { text: '', isLast: true }
    const id = 'sequence' in value ? `id: ${String(value.sequence)}\n` : ''
    return { text: `event: ${name}\n${id}data: ${JSON.stringify(value)}\n\n`, isLast: false }
  } catch (error) {
    if (error instanceof Error && error.name === 'AbortError') return { text: '', isLast: true }
    return { text: `event: problem\ndata: ${JSON.stringify(describeFault(error))}\n\n`, isLast: true }
  }
}

function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}
