import { peek } from './peek.ts'

/**
 * The bytes of a text in UTF-8. A text that begins with the byte order mark of UTF-16, as Windows writes them, is written so; every
 * other one stays as it is.
 */
export async function* asUtf8(pieces: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  const { head, all } = await peek(pieces, MARK_BYTES)
  const encoding = MARKS.get(Buffer.from(head.subarray(0, MARK_BYTES)).toString('hex'))
  if (encoding === undefined) return yield* all
  const decoder = new TextDecoder(encoding)
  for await (const piece of all) yield Buffer.from(decoder.decode(piece, { stream: true }))
  yield Buffer.from(decoder.decode())
}

const MARK_BYTES = 2
const MARKS: ReadonlyMap<string, string> = new Map([
  ['fffe', 'utf-16le'],
  ['feff', 'utf-16be'],
])
