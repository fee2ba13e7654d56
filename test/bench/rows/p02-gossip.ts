import { variedObjects } from '../corpus/templates.ts'
import { inTurns } from '../in-turns.ts'
import { settlingMs, startRealNodes } from '../real-nodes.ts'
import type { Bench } from '../row.ts'
import { createWindow, signInTurns, spread } from '../spread.ts'
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
  sizes: { default: 6_000, quick: 60 },
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
        const batches = await signInTurns(ours.nodes, objects, size)
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
/** The yardstick is slower: with a part of the records it takes as long. */
const RAW_SHARE = 8
/** Messages of the yardstick that are under way at once: enough that nobody waits. */
const RAW_WINDOW = 64
const encoder = new TextEncoder()

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
