import type { NodeApi, PublishRequest, PublishResult } from '@intelmesh/node'
import type { PublishItem } from './read-items.ts'

/** What all chunks of a file are published with. */
export type PublishTerms = Omit<PublishRequest, 'objects' | 'markings'>

/** Each chunk is acknowledged by itself, so a crash loses at most one; and it stays far below what a node takes at once. */
const MAX_OBJECTS = 500
const MAX_CHARS = 8 * 1024 * 1024

/**
 * Publishes the objects of one file, some hundreds at a time, and says after each chunk what came of it. Marking definitions
 * go along with the chunks they are not part of: an object's label may rest on them.
 */
export async function* publishChunks(
  api: Pick<NodeApi, 'publish'>,
  items: readonly PublishItem[],
  terms: PublishTerms,
): AsyncIterable<PublishResult> {
  const markings = items.filter(({ isMarking }) => isMarking)
  for (const chunk of chunksOf(items)) {
    const others = markings.filter((item) => !chunk.includes(item)).map(({ text }) => text)
    const objects = chunk.map(({ text, where }) => ({ text, where }))
    yield await api.publish({ ...terms, objects, ...(others.length === 0 ? {} : { markings: others }) })
  }
}

function* chunksOf(items: readonly PublishItem[]): Iterable<readonly PublishItem[]> {
  let chunk: PublishItem[] = []
  let chars = 0
  for (const item of items) {
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
