import { type JsonValue, NEGATIVE_SIGHTING, NEGATIVE_SIGHTING_EXTENSION } from '@intelmesh/stix'
import type { CommentKind } from '../query/comments.ts'
import type { TestNode } from './test-node.ts'
import { requestOf, stixIdOf } from './test-objects.ts'

/** What makes a sighting say: a false positive. */
export const NEGATIVE = { extensions: { [NEGATIVE_SIGHTING]: NEGATIVE_SIGHTING_EXTENSION } } as const

/** The text of a comment on an object; its id follows from its name. `over` changes it. */
export function commentText(
  kind: CommentKind,
  about: string,
  over: Readonly<Record<string, JsonValue>> & { readonly name?: string } = {},
): string {
  const { name = `${kind} on ${about}`, ...rest } = over
  const at = '2026-01-03T00:00:00.000Z'
  return JSON.stringify({
    type: kind,
    spec_version: '2.1',
    id: stixIdOf(kind, name),
    created: at,
    modified: at,
    ...ABOUT[kind](about),
    ...rest,
  })
}

const ABOUT: Readonly<Record<CommentKind, (id: string) => Readonly<Record<string, JsonValue>>>> = {
  sighting: (id) => ({ sighting_of_ref: id }),
  opinion: (id) => ({ object_refs: [id], opinion: 'disagree' }),
  note: (id) => ({ object_refs: [id], content: 'a note' }),
}

/** Publishes texts and gives their record ids. @throws RangeError when one is refused */
export async function publishTexts(
  node: TestNode,
  texts: readonly string[],
  rest: Parameters<typeof requestOf>[1] = {},
): Promise<readonly string[]> {
  const { published, refused } = await node.publisher.publish(requestOf(texts, rest))
  if (refused.length > 0) throw new RangeError(JSON.stringify(refused))
  return published.map(({ record }) => record)
}

/** Hands over everything that `from` has published since the last time. */
export async function tell(from: TestNode, to: TestNode): Promise<void> {
  for (const { batch } of from.announced.slice(told.get(to)?.get(from) ?? 0)) {
    const admitted = await to.admission.admitBatch(batch, { kind: 'file' }, { sync: true })
    await admitted.stored
  }
  const seen = told.get(to) ?? new Map<TestNode, number>()
  told.set(to, seen.set(from, from.announced.length))
}

const told = new WeakMap<TestNode, Map<TestNode, number>>()
