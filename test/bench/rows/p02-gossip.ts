import type { VariedObject } from '../corpus/templates.ts'
import { variedObjects } from '../corpus/templates.ts'
import { inTurns } from '../in-turns.ts'
import { pause, type RealNode, type SignedBatch, settlingMs, startRealNodes } from '../real-nodes.ts'
import type { Bench } from '../row.ts'
import { type RawMesh, startRawMesh } from '../yardsticks/raw-gossipsub.ts'

/** How many records a second reach all nodes when authors send as fast as they can, everything on. */
export const p02: Bench = {
  name: 'P2',
  rows: [
    {
      id: 'P2',
      part: '',
      what: 'records through gossip to the stores of 10 nodes, saturated',
      yardstick: 'raw gossipsub, one record a message, no-op validator, same topology',
      unit: 'records/s',
      target: 8,
      better: 'higher',
    },
  ],
  sizes: { default: 10_000, quick: 60 },
  budgetMinutes: 4,
  async open(ground) {
    const { size, seed } = ground
    const count = size < 1000 ? 3 : NODES
    await using opening = new AsyncDisposableStack()
    const ours = opening.use(await startRealNodes(ground, count))
    const raw = opening.use(await startRawMesh(count, ours.edges(), settlingMs(count)))
    const objects = variedObjects('mixed', seed)
    const opened = opening.move()
    return {
      async run(number) {
        const batches: (SignedBatch & { readonly place: number })[] = []
        for (let made = 0; made < size; made += batches.at(-1)?.ids.length ?? 0) {
          const place = batches.length % count
          const batch = await (ours.nodes[place] as RealNode).sign(someObjects(objects, size - made))
          batches.push({ place, ...batch })
        }
        const records = Array.from({ length: Math.ceil(size / RAW_SHARE) }, () =>
          encoder.encode(objects.next().value.text),
        )
        const pair = await inTurns(
          {
            ours: async () => (size / (await spread(ours.nodes, batches))) * 1000,
            yardstick: async () => (records.length / (await spreadRaw(raw, records, count))) * 1000,
          },
          number,
        )
        return { '': pair }
      },
      [Symbol.asyncDispose]: () => opened.disposeAsync(),
    }
  },
}

const NODES = 10
/** A publisher closes a batch at so many bytes. */
const BATCH_BYTES: number = 128 * 1024
/** The yardstick is slower: with a part of the records it takes as long. */
const RAW_SHARE = 8
/** Batches, and messages of the yardstick, that are under way at once: enough that nobody waits. */
const WINDOW = 12
const RAW_WINDOW = 64
const PATIENCE_MS = 60_000
const encoder = new TextEncoder()

function someObjects(source: Iterator<VariedObject>, most: number): readonly VariedObject[] {
  const some: VariedObject[] = []
  for (let bytes = 0; some.length < most && bytes < BATCH_BYTES; bytes += some.at(-1)?.text.length ?? 0)
    some.push(source.next().value as VariedObject)
  return some
}

/** ms until every node has stored everything. */
async function spread(
  nodes: readonly RealNode[],
  batches: readonly (SignedBatch & { readonly place: number })[],
): Promise<number> {
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
    const { place, bytes } = batches[i] as (typeof batches)[number]
    const { core, mesh } = nodes[place] as RealNode
    const own = await core.admission.admitBatch(bytes, { kind: 'self' }, { sync: true, audience: 'green' })
    await own.stored
    await mesh.network.publish('green', bytes, { urgent: false })
  })
  for (const each of stop) each()
  return ms
}

async function spreadRaw(raw: RawMesh, records: readonly Uint8Array[], count: number): Promise<number> {
  const text = new TextDecoder()
  const places = new Map(records.map((record, i) => [text.decode(record), i]))
  const window = createWindow(
    records.map(() => count - 1),
    RAW_WINDOW,
  )
  raw.onMessage = (_place, data) => window.arrived(places.get(text.decode(data)))
  return window.run((i) => raw.publish(i % count, records[i] as Uint8Array))
}

/** Sends items so that no more than `width` are under way, each until it arrived as often as it has to. */
function createWindow(wanted: number[], width: number) {
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
