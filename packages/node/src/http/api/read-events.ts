/** One server-sent event. */
export interface ServerEvent {
  readonly event: string
  readonly data: string
}

/** No record comes near it: see MAX_LEAF_BYTES in the protocol. */
const MAX_EVENT_CHARS = 4 * 1024 * 1024

/**
 * The events of a stream, until it ends; what is unfinished then is dropped.
 *
 * @throws RangeError for an event of more than 4 Mi characters
 * @see HTML Living Standard, "Interpreting an event stream"
 */
export async function* readEvents(body: AsyncIterable<Uint8Array>): AsyncIterable<ServerEvent> {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const chunk of body) {
    const blocks = (rest + decoder.decode(chunk, { stream: true })).split('\n\n')
    rest = blocks.pop() ?? ''
    if (rest.length > MAX_EVENT_CHARS) throw new RangeError('an event of the stream has no end')
    for (const block of blocks) {
      const event = parseEvent(block)
      if (event !== undefined) yield event
    }
  }
}

function parseEvent(block: string): ServerEvent | undefined {
  const lines = block.split('\n')
  const data = lines.flatMap((line) => valueOf(line, 'data')).join('\n')
  if (data === '') return undefined
  return { event: lines.flatMap((line) => valueOf(line, 'event'))[0] ?? 'message', data }
}

function valueOf(line: string, field: string): readonly string[] {
  return line.startsWith(`${field}:`) ? [line.slice(field.length + 1).replace(/^ /, '')] : []
}
