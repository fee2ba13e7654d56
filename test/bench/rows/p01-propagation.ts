import { variedObjects } from '../corpus/templates.ts'
import { inTurns } from '../in-turns.ts'
import { pause, type RealNode, settlingMs, startRealNodes } from '../real-nodes.ts'
import type { Bench, Pair } from '../row.ts'
import { type RawMesh, startRawMesh } from '../yardsticks/raw-gossipsub.ts'

const WHAT = 'propagation over TCP until all nodes have accepted it, verify, policy and persist on'
const YARDSTICK = 'raw gossipsub, no-op validator, same topology'

/** How long a record takes from its author until all others have judged and accepted it, at a rate that leaves the machine idle. */
export const p01: Bench = {
  name: 'P1',
  rows: [
    { id: 'P1', part: 'p50', what: WHAT, yardstick: YARDSTICK, unit: 'ms', target: 1.3, better: 'lower' },
    { id: 'P1', part: 'p99', what: WHAT, yardstick: YARDSTICK, unit: 'ms', target: 1.2, better: 'lower' },
    {
      id: 'P1',
      part: 'p50, stored',
      what: 'the same until it is stored',
      yardstick: YARDSTICK,
      unit: 'ms',
      target: null,
      better: 'lower',
    },
  ],
  // Nodes.
  sizes: { default: 30, quick: 3 },
  budgetMinutes: 4,
  async open(ground) {
    const { size, seed, progress } = ground
    await using opening = new AsyncDisposableStack()
    const mesh = opening.use(await startRealNodes(ground, size))
    progress('real nodes hear each other')
    const raw = opening.use(await startRawMesh(size, mesh.edges(), settlingMs(size)))
    const objects = variedObjects('mixed', seed)
    const messages = size < 10 ? 3 : MESSAGES
    const opened = opening.move()
    return {
      async run(number) {
        let ours: Delays = { accepted: [], stored: [] }
        let theirs: readonly number[] = []
        // The same bytes both ways, by the same nodes.
        const batches: Sent[] = []
        for (let i = 0; i < messages; i++) {
          const place = (number * messages + i) % size
          const batch = await (mesh.nodes[place] as RealNode).sign([objects.next().value])
          batches.push({ place, ...batch })
        }
        await inTurns(
          {
            ours: async () => (ours = await propagate(mesh.nodes, batches)).accepted.length,
            yardstick: async () => (theirs = await propagateRaw(raw, batches, size)).length,
          },
          number,
        )
        const at = (delays: readonly number[], share: number): Pair => ({
          ours: quantile(delays, share),
          yardstick: quantile(theirs, share),
        })
        return {
          p50: at(ours.accepted, 0.5),
          p99: at(ours.accepted, 0.99),
          'p50, stored': at(ours.stored, 0.5),
        }
      },
      [Symbol.asyncDispose]: () => opened.disposeAsync(),
    }
  },
}

/** At most four a second: nothing is to wait for what came before it. */
const GAP_MS = 250
const MESSAGES = 20

interface Sent {
  readonly place: number
  readonly bytes: Uint8Array
  readonly ids: readonly string[]
}

interface Delays {
  /** ms from publishing to being accepted, for each message and each node but its author. */
  readonly accepted: readonly number[]
  readonly stored: readonly number[]
}

async function propagate(nodes: readonly RealNode[], batches: readonly Sent[]): Promise<Delays> {
  const accepted = stopwatch(batches.length * (nodes.length - 1))
  const stored = stopwatch(batches.length * (nodes.length - 1))
  const idOf = new Map(batches.map(({ bytes, ids: [id] }) => [keyOf(bytes), id as string]))
  const stop = nodes.map((node, place) => {
    node.onAccepted = (bytes) => {
      const id = idOf.get(keyOf(bytes)) ?? ''
      accepted.arrived(`${place} ${id}`, id)
    }
    return node.core.admission.onStored((records) =>
      records.forEach(({ id }) => stored.arrived(`${place} ${id}`, id)),
    )
  })
  for (const { place, bytes, ids } of batches) {
    const { core, mesh } = nodes[place] as RealNode
    const own = await core.admission.admitBatch(bytes, { kind: 'self' }, { sync: true, audience: 'green' })
    await own.stored
    for (const clock of [accepted, stored]) clock.sent(ids[0] as string)
    await mesh.network.publish('green', bytes, { urgent: true })
    await pause(GAP_MS)
  }
  const delays = { accepted: await accepted.all(), stored: await stored.all() }
  for (const each of stop) each()
  return delays
}

async function propagateRaw(
  raw: RawMesh,
  batches: readonly Sent[],
  size: number,
): Promise<readonly number[]> {
  const clock = stopwatch(batches.length * (size - 1))
  const ids = new Map(batches.map(({ bytes, ids: [id] }) => [keyOf(bytes), id as string]))
  raw.onMessage = (place, data) => {
    const id = ids.get(keyOf(data))
    if (id !== undefined) clock.arrived(`${place} ${id}`, id)
  }
  for (const {
    place,
    bytes,
    ids: [id],
  } of batches) {
    clock.sent(id as string)
    await raw.publish(place, bytes)
    await pause(GAP_MS)
  }
  return clock.all()
}

/** The signature of a batch, and the hash before it: tells two apart. */
const keyOf = (bytes: Uint8Array): string => Buffer.from(bytes.subarray(0, 400)).toString('base64')

function stopwatch(wanted: number) {
  const sentAt = new Map<string, number>()
  const delays = new Map<string, number>()
  const { promise, resolve } = Promise.withResolvers<void>()
  return {
    sent: (id: string): void => void sentAt.set(id, performance.now()),
    arrived(place: string, id: string): void {
      const at = sentAt.get(id)
      if (at === undefined || delays.has(place)) return
      delays.set(place, performance.now() - at)
      if (delays.size === wanted) resolve()
    },
    /** What did not come counts as having taken as long as it was waited for. */
    async all(): Promise<readonly number[]> {
      await Promise.race([promise, pause(PATIENCE_MS)])
      return [...delays.values(), ...Array<number>(wanted - delays.size).fill(PATIENCE_MS)]
    },
  }
}

const PATIENCE_MS = 5_000

function quantile(values: readonly number[], share: number): number {
  return values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))] ?? 0
}
