import type { VariedObject } from './corpus/templates.ts'
import { pause, type RealNode, type SignedBatch } from './real-nodes.ts'

/** A batch and the place of its author. */
export interface PlacedBatch extends SignedBatch {
  readonly place: number
}

/** Signs so many records, by all nodes in turns, in batches as a publisher makes them. */
export async function signInTurns(
  nodes: readonly RealNode[],
  objects: Iterator<VariedObject>,
  size: number,
): Promise<readonly PlacedBatch[]> {
  const batches: PlacedBatch[] = []
  for (let made = 0; made < size; made += batches.at(-1)?.ids.length ?? 0) {
    const place = batches.length % nodes.length
    const batch = await (nodes[place] as RealNode).sign(someObjects(objects, size - made))
    batches.push({ place, ...batch })
  }
  return batches
}

/** A publisher closes a batch at so many bytes. */
const BATCH_BYTES: number = 128 * 1024
/** Batches that are under way at once: enough that nobody waits. */
const WINDOW = 48
const PATIENCE_MS = 60_000

/** Has the authors send their batches as fast as the mesh takes them. Gives the ms until every node has stored everything. */
export async function spread(nodes: readonly RealNode[], batches: readonly PlacedBatch[]): Promise<number> {
  const batchOf = new Map(batches.flatMap((batch, i) => batch.ids.map((id) => [id, i] as const)))
  const window = createWindow(
    batches.map(({ ids }) => ids.length * nodes.length),
    WINDOW,
  )
  const stop = nodes.map(({ core }) =>
    core.admission.onStored((records) => {
      for (const { id } of records) window.arrived(batchOf.get(id))
    }),
  )
  const ms = await window.run(async (i) => {
    const { place, bytes } = batches[i] as PlacedBatch
    const { core, mesh } = nodes[place] as RealNode
    const own = await core.admission.admitBatch(bytes, { kind: 'self' }, { sync: true, audience: 'green' })
    await own.stored
    await mesh.network.publish('green', bytes, { urgent: false })
  })
  for (const each of stop) each()
  return ms
}

/** Sends items so that no more than `width` are under way, each until it arrived as often as it has to. */
export function createWindow(wanted: number[], width: number) {
  let under = 0
  let wake = (): void => {}
  return {
    arrived(i: number | undefined): void {
      if (i === undefined || wanted[i] === undefined) return
      wanted[i] -= 1
      if (wanted[i] !== 0) return
      under -= 1
      wake()
    },
    /** @returns ms @throws Error when something does not arrive */
    async run(send: (i: number) => Promise<void>): Promise<number> {
      const startedAt = performance.now()
      const room = async (most: number): Promise<void> => {
        while (under > most) {
          const { promise, resolve } = Promise.withResolvers<true>()
          wake = () => resolve(true)
          if ((await Promise.race([promise, pause(PATIENCE_MS)])) !== true)
            throw new Error('a message was lost')
        }
      }
      for (let i = 0; i < wanted.length; i++) {
        await room(width - 1)
        under += 1
        await send(i)
      }
      await room(0)
      return performance.now() - startedAt
    },
  }
}

function someObjects(source: Iterator<VariedObject>, most: number): readonly VariedObject[] {
  const some: VariedObject[] = []
  for (let bytes = 0; some.length < most && bytes < BATCH_BYTES; bytes += some.at(-1)?.text.length ?? 0)
    some.push(source.next().value as VariedObject)
  return some
}
