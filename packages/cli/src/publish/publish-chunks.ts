import type { NodeApi, PublishRequest, PublishResult } from '@intelmesh/node'
import type { PublishItem } from './read-items.ts'

/** What all chunks of a file are published with. */
export type PublishTerms = Omit<PublishRequest, 'objects' | 'markings'>

/** Each chunk is acknowledged by itself, so a crash loses at most one; and it stays far below what a node takes at once. */
const MAX_OBJECTS = 500
const MAX_CHARS = 8 * 1024 * 1024
/** Files have a handful; more are not remembered, so that a file of nothing else does not fill the memory. */
const MAX_MARKINGS = 1_000

/**
 * Publishes the objects of one file, some hundreds at a time, and says after each chunk what came of it. The next chunk is read
 * while one is under way. Marking definitions go along with the chunks after theirs: an object's label may rest on them.
 */
export async function* publishChunks(
  api: Pick<NodeApi, 'publish'>,
  items: Iterable<PublishItem> | AsyncIterable<PublishItem>,
  terms: PublishTerms,
): AsyncIterable<PublishResult> {
  const markings: string[] = []
  let underWay: Promise<PublishResult> | undefined
  for await (const chunk of chunksOf(items)) {
    if (underWay !== undefined) yield await underWay
    underWay = api.publish({ ...terms, ...requestOf(chunk, markings) })
    // The answer is awaited after the next chunk is read; a refusal in the meantime has its handler already.
    underWay.catch(() => {})
    const found = chunk.filter(({ isMarking }) => isMarking).map(({ text }) => text)
    markings.push(...found.slice(0, MAX_MARKINGS - markings.length))
  }
  if (underWay !== undefined) yield await underWay
}

function requestOf(
  chunk: readonly PublishItem[],
  markings: readonly string[],
): Pick<PublishRequest, 'objects' | 'markings'> {
  const objects = chunk.map(({ text, where, isValue }) => ({ text, where, ...(isValue && { isValue }) }))
  const isPlain = markings.length === 0 || chunk.every(({ isValue }) => isValue)
  return { objects, ...(isPlain ? {} : { markings: [...markings] }) }
}

async function* chunksOf(
  items: Iterable<PublishItem> | AsyncIterable<PublishItem>,
): AsyncIterable<readonly PublishItem[]> {
  let chunk: PublishItem[] = []
  let chars = 0
  for await (const item of items) {
    if (chunk.length > 0 && (chunk.length === MAX_OBJECTS || chars + item.text.length > MAX_CHARS)) {
      yield chunk
      chunk = []
      chars = 0
    }
    chunk.push(item)
    chars += item.text.length
  }
  if (chunk.length > 0) yield chunk
}
