import type { NodeApi, RecordView } from '../../api.ts'
import { describeFault } from './problem.ts'

/** Often enough that routers keep the connection and a reader that has gone is noticed. */
const BEAT_MS = 15_000
const EVENT_STREAM = 'text/event-stream; charset=utf-8'

/**
 * Records as server-sent events: `record` with the JSON of a RecordView, and `problem` before the stream ends by a fault.
 * The next record is asked for only once the reader took the last, so that a slow reader costs no memory here.
 */
export function tailResponse(api: Pick<NodeApi, 'tail'>, signal: AbortSignal): Response {
  const ended = new AbortController()
  const records = api.tail(AbortSignal.any([signal, ended.signal]))[Symbol.asyncIterator]()
  let beat: ReturnType<typeof setInterval> | undefined
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(encode(': connected\n\n'))
      beat = setInterval(() => controller.enqueue(encode(': beat\n\n')), BEAT_MS)
      beat.unref()
    },
    async pull(controller) {
      const event = await nextEvent(records)
      if (event.text !== '') controller.enqueue(encode(event.text))
      if (!event.isLast) return
      clearInterval(beat)
      controller.close()
    },
    async cancel() {
      clearInterval(beat)
      ended.abort()
      await records.return?.()
    },
  })
  return new Response(body, { headers: { 'content-type': EVENT_STREAM, 'cache-control': 'no-store' } })
}

interface TailEvent {
  readonly text: string
  readonly isLast: boolean
}

async function nextEvent(records: AsyncIterator<RecordView>): Promise<TailEvent> {
  try {
    const { done, value } = await records.next()
    if (done === true) return { text: '', isLast: true }
    return { text: `event: record\nid: ${value.sequence}\ndata: ${JSON.stringify(value)}\n\n`, isLast: false }
  } catch (error) {
    if (error instanceof Error && error.name === 'AbortError') return { text: '', isLast: true }
    return { text: `event: problem\ndata: ${JSON.stringify(describeFault(error))}\n\n`, isLast: true }
  }
}

function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}
