import type { NodeApi } from '@intelmesh/node'
import { awaitAgreement } from './look-at-nodes.ts'
import type { NodeProcess } from './node-process.ts'
import type { Recorder } from './open-recorder.ts'

/** Has a node publish many records before a soak begins, and waits until all nodes have them. @throws Error when they never do */
export async function preload(
  node: NodeProcess,
  {
    count,
    recorder,
    nodes,
  }: { readonly count: number; readonly recorder: Recorder; readonly nodes: readonly NodeProcess[] },
): Promise<void> {
  for (let at = 0; at < count; at += CHUNK) {
    const objects = Array.from({ length: Math.min(CHUNK, count - at) }, (_, i) => ({
      where: `object ${at + i}`,
      text: JSON.stringify(indicator(at + i)),
    }))
    const { published } = await node.api.publish({ tlp: 'green', objects })
    await recorder.record(published.map(({ record }) => record))
    if ((at / CHUNK) % TOLD_EVERY === 0) console.error(`${at + objects.length} of ${count} records loaded`)
  }
  for (let tries = 0; count > 0; tries++) {
    const agreement = await awaitAgreement(nodes)
    if (typeof agreement === 'number') return
    if (tries > count / RECORDS_A_TRY) throw new Error(`the records did not spread: ${agreement.detail}`)
  }
}

/** The place of the last record in a node's order of arrival. */
export async function lastSequence(api: NodeApi): Promise<number> {
  let [low, high] = [0, 1]
  const isBeyond = async (after: number): Promise<boolean> =>
    (await api.records({ after, limit: 1 })).records.length === 0
  while (!(await isBeyond(high))) high *= 2
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    if (await isBeyond(middle)) high = middle
    else low = middle + 1
  }
  return low
}

const CHUNK = 2_000
const TOLD_EVERY = 10
/** A minute each, which is what agreement waits for at most. */
const RECORDS_A_TRY = 20_000

function indicator(number: number): object {
  const digits = number.toString(16).padStart(12, '0')
  return {
    type: 'indicator',
    spec_version: '2.1',
    id: `indicator--00000000-0000-4000-8000-${digits}`,
    created: '2026-01-01T00:00:00.000Z',
    modified: '2026-01-01T00:00:00.000Z',
    name: 'loaded',
    pattern: `[domain-name:value = 'host-${number}.loaded.top']`,
    pattern_type: 'stix',
    valid_from: '2026-01-01T00:00:00Z',
  }
}
