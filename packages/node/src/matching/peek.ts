/** How bytes begin, and all of them. */
export interface Peeked {
  /** As long as was asked for, or longer; shorter where there is no more. */
  readonly head: Uint8Array
  readonly all: AsyncIterable<Uint8Array>
}

/** Reads as much of a stream as it takes to see how it begins. @param length bytes */
export async function peek(pieces: AsyncIterable<Uint8Array>, length: number): Promise<Peeked> {
  const source = pieces[Symbol.asyncIterator]()
  const first: Uint8Array[] = []
  let isAll = false
  for (let read = 0; read < length;) {
    const { done, value } = await source.next()
    isAll = done === true
    if (isAll) break
    first.push(value as Uint8Array)
    read += (value as Uint8Array).length
  }
  const head = Buffer.concat(first)
  return { head, all: resumed(head, isAll ? undefined : source) }
}

async function* resumed(
  head: Uint8Array,
  source: AsyncIterator<Uint8Array> | undefined,
): AsyncIterable<Uint8Array> {
  if (head.length > 0) yield head
  try {
    for (let next = await source?.next(); next?.done === false; next = await source?.next()) yield next.value
  } finally {
    await source?.return?.()
  }
}
