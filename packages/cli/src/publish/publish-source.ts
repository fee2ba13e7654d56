import type { NodeApi } from '@intelmesh/node'
import type { CommandContext } from '../context.ts'
import { printable } from '../output/printable.ts'
import type { Progress } from '../output/progress.ts'
import type { ByteSource } from './open-input.ts'
import { patiently } from './patiently.ts'
import { publishChunks, type PublishTerms } from './publish-chunks.ts'
import { type PublishItem, type ReadOptions, type ReadRefusal, streamItems } from './read-items.ts'
import type { Tally } from './tally.ts'

/** What all files of a list are published with. */
export interface PublishJob {
  readonly api: Pick<NodeApi, 'publish'>
  readonly terms: PublishTerms
  readonly reading: ReadOptions
  readonly tally: Tally
  readonly progress: Progress
}

/**
 * Publishes what is in one file while it is read, and adds to the tally what came of it. Once `signal` aborts, what is under way
 * is answered and no more is read.
 */
export async function publishSource(
  source: ByteSource,
  { api, terms, reading, tally, progress }: PublishJob,
  context: CommandContext,
): Promise<void> {
  const { now, signal } = context
  const place = { bytes: 0 }
  const [startedAt, offeredBefore] = [now(), tally.offered]
  const items = objectsOf(streamItems(source, reading, context, place), tally)
  const patient = {
    publish: (request: Parameters<typeof api.publish>[0]) =>
      patiently(() => api.publish(request), { signal }),
  }
  for await (const result of publishChunks(patient, items, terms)) {
    tally.add(result)
    const done = tally.offered - offeredBefore
    const rate = Math.round((done * 1000) / Math.max(1, now() - startedAt))
    const share = source.size === undefined ? '' : `${percentOf(place.bytes, source.size)}, `
    progress.show(`${printable(source.name)}: ${share}${done} objects, ${rate} a second`)
  }
}

/** Passes on what can be published; the tally gets the rest. */
async function* objectsOf(
  items: AsyncIterable<PublishItem | ReadRefusal>,
  tally: Tally,
): AsyncIterable<PublishItem> {
  for await (const item of items) {
    if ('code' in item) tally.refuse(item)
    else yield item
  }
}

function percentOf(part: number, whole: number): string {
  return `${Math.min(100, Math.floor((part * 100) / Math.max(1, whole)))} %`
}
