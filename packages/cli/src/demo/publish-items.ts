import type { PublishResult } from '@intelmesh/node'
import type { TlpLabel } from '@intelmesh/protocol'
import { publishChunks } from '../publish/publish-chunks.ts'
import type { PublishItem } from '../publish/read-items.ts'
import type { DemoNode } from './demo-node.ts'
import type { Demo, Publication } from './step.ts'

/** What came of publishing. */
export interface Published {
  readonly publications: readonly Publication[]
  readonly refused: PublishResult['refused']
  /** What the gate held back. */
  readonly held: PublishResult['held']
}

/** Publishes at a running member, through its API, and notes what became a record. */
export async function publishItems(
  { publications, signal }: Pick<Demo, 'publications' | 'signal'>,
  member: DemoNode,
  { items, tlp }: { readonly items: readonly PublishItem[]; readonly tlp: TlpLabel },
): Promise<Published> {
  const byPlace = new Map(items.map((item) => [item.where, item]))
  const made: Publication[] = []
  const refused: PublishResult['refused'][number][] = []
  const held: PublishResult['held'][number][] = []
  for await (const result of publishChunks(member.api, items, { tlp })) {
    signal.throwIfAborted()
    refused.push(...result.refused)
    held.push(...result.held)
    for (const { record, where } of result.published) {
      const item = byPlace.get(where)
      if (item !== undefined) made.push({ member, record, item })
    }
  }
  publications.push(...made)
  return { publications: made, refused, held }
}
