import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { type Chance, createChance } from '../../packages/cli/src/demo/chance.ts'
import { indicatorText } from './indicator-text.ts'
import { awaitAgreement, complaints, holdings, losses, verifyStore } from './look-at-nodes.ts'
import { openRecorder } from './open-recorder.ts'
import { type DividedNode, openDividedCluster } from './partition/divided-cluster.ts'
import { plainCopyMs } from './partition/plain-copy.ts'
import type { Round, Soak, SoakSession, Violation } from './run-soak.ts'

/** How large a mesh is cut, and for how long. */
export interface PartitionDraft {
  /** Nodes in all. */
  readonly size: number
  readonly perProcess: number
  readonly cutMs: number
  /** Records that each side publishes in a second. */
  readonly perSecond: number
}

/** A round cuts fifty nodes into halves for ten minutes, both of which go on publishing, and joins them again. */
export const partitionSoak: Soak = cutInHalves({
  size: 50,
  perProcess: 10,
  cutMs: 600_000,
  perSecond: 20,
})

/** Cuts a mesh into halves and joins it: all end with the same, nothing lost and nothing twice. */
export function cutInHalves(draft: PartitionDraft): Soak {
  return { name: 'partition', times: 1, open: (ground) => open(draft, ground) }
}

async function open(
  { size, perProcess, cutMs, perSecond }: PartitionDraft,
  { folder, seed }: Parameters<Soak['open']>[0],
): Promise<SoakSession> {
  await using opening = new AsyncDisposableStack()
  const onStarted = (running: number): void => {
    if (running % perProcess === 0) console.error(`${running} of ${size} nodes run`)
  }
  const cluster = opening.use(await openDividedCluster({ folder, size, perProcess, onStarted }))
  const recorder = opening.use(openRecorder(join(folder, 'acknowledged')))
  const { nodes, proxies } = cluster
  const started = { patienceMs: AGREEMENT_MS + size * 1000, pollMs: size * POLL_MS }
  // Every node lacks what the other side published, and all of them share the processor that takes it in.
  const lacking = (size * cutMs * perSecond) / 1000
  const patience = { ...started, patienceMs: started.patienceMs + lacking * TAKING_MS }
  const together = await awaitAgreement(nodes, started)
  if (typeof together !== 'number') throw new Error(`the nodes do not agree at first: ${together.detail}`)
  const running = opening.move()

  async function publishOn(side: number, chance: Chance, until: number): Promise<Published> {
    const authors = nodes.filter((node) => node.side === side)
    const shares = Math.min(AUTHORS, authors.length)
    const published: Published = { ids: [], texts: [], violations: [] }
    for (let at = performance.now(); at < until; at += 1000) {
      const rest = at - performance.now()
      if (rest > 0) await delay(rest)
      await Promise.all(chance.shuffle(authors).slice(0, shares).map(publish))
    }

    async function publish({ name, api }: DividedNode, i: number): Promise<void> {
      const count = Math.floor(perSecond / shares) + (i < perSecond % shares ? 1 : 0)
      const texts = Array.from({ length: count }, () => {
        const uuid = chance.uuid()
        return indicatorText(`${uuid}.side-${side}.top`, uuid)
      })
      if (texts.length === 0) return
      const objects = texts.map((text) => ({ text, where: name }))
      const answer = await api.publish({ tlp: 'green', objects })
      const ids = answer.published.map(({ record }) => record)
      await recorder.record(ids)
      published.ids.push(...ids)
      published.texts.push(...texts)
      if (ids.length < texts.length)
        published.violations.push({ code: 'PUBLISH_REFUSED', detail: JSON.stringify(answer.refused[0]) })
    }

    return published
  }

  async function cutAndJoin(number: number): Promise<Round> {
    const began = new Date()
    const connections = proxies.crossing.connections
    proxies.cut()
    const until = performance.now() + cutMs
    const sides = await Promise.all(
      [0, 1].map((side) => publishOn(side, createChance(seed, `round ${number} side ${side}`), until)),
    )
    const violations = sides.flatMap((side) => side.violations)
    if (connections === 0) violations.push({ code: 'NOTHING_CUT', detail: 'no connection crossed before' })
    if (proxies.crossing.bytes > 0)
      violations.push({ code: 'CUT_LEAKS', detail: `${proxies.crossing.bytes} bytes crossed` })
    violations.push(...(await strangers(nodes, sides)))

    proxies.join()
    const agreement = await awaitAgreement(nodes, patience)
    if (typeof agreement !== 'number') violations.push(agreement)
    const recorded = await recorder.recorded()
    const first = nodes[0] as DividedNode
    const held = await holdings(first.api)
    violations.push(...losses(first, recorded, held), ...doubles(first, recorded, held))
    for (const node of nodes) violations.push(...(await complaints(node, began)))
    for (const name of cluster.ended()) violations.push({ code: 'NODE_DIED', detail: `${name} has ended` })
    return {
      violations,
      figures: {
        nodes: nodes.length,
        cutConnections: connections,
        published: sides.reduce((sum, { ids }) => sum + ids.length, 0),
        convergedMs: typeof agreement === 'number' ? agreement : patience.patienceMs,
        plainCopyMs: await plainCopyMs(
          folder,
          sides.flatMap(({ texts }) => texts),
        ),
      },
    }
  }

  return {
    round: cutAndJoin,
    async finish() {
      await cluster.stop()
      const found: Violation[] = []
      for (const node of nodes) found.push(...(await verifyStore(node)))
      return found
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  }
}

/** What one side published. */
interface Published {
  readonly ids: string[]
  readonly texts: string[]
  readonly violations: Violation[]
}

/** Shows that there was a partition: what one side published last is not known on the other. */
async function strangers(
  nodes: readonly DividedNode[],
  sides: readonly Published[],
): Promise<readonly Violation[]> {
  const found: Violation[] = []
  for (const { api, name, side } of nodes) {
    const record = sides[1 - side]?.ids.at(-1)
    const { records } = record === undefined ? { records: [] } : await api.records({ record })
    if (records.length > 0) found.push({ code: 'CUT_LEAKS', detail: `${name} holds ${record}` })
  }
  return found
}

/** A record is there once, and no other record bears its STIX id. */
function doubles(
  { name }: DividedNode,
  recorded: readonly string[],
  held: ReadonlyMap<string, string>,
): readonly Violation[] {
  const known = new Set(recorded)
  const unknown = [...held.keys()].filter((id) => !known.has(id))
  const twice = held.size - new Set(held.values()).size
  if (unknown.length === 0 && twice === 0) return []
  return [
    { code: 'RECORD_DOUBLED', detail: `${name}: ${twice} twice, ${unknown.length} that nobody acknowledged` },
  ]
}

/** Of a side, that publish in one second. */
const AUTHORS = 4
const AGREEMENT_MS = 120_000
/** Of one record at one node: a tenth of it where nothing else is to be done, and here all nodes share a few cores. */
const TAKING_MS = 2
/** For each node: asking costs something too. */
const POLL_MS = 50
