import type { PublishResult } from '@intelmesh/node'
import { labelCell } from '../../output/records-table.ts'
import { awaitConvergence } from '../convergence.ts'
import { publishItems, type Published } from '../publish-items.ts'
import { seconds } from '../seconds.ts'
import { type Demo, standing, type Step } from '../step.ts'
import { watchWhile } from '../watch-while.ts'

export const publishStep: Step = {
  name: 'publish',
  title: 'Each member publishes what it knows, and everybody gets it',
  about:
    'The label comes first: CLEAR may go anywhere, GREEN stays in the community. A publisher signs batches of records; its peers check signatures, certificates and labels, keep what holds, and pass it on. Equal roots mean that two nodes hold exactly the same records.',
  async run(demo) {
    showParcels(demo)
    const nodes = standing(demo)
    const startedAt = performance.now()
    let total: number | undefined
    const publishing = publishAll(demo).then((outcome) => {
      total = demo.publications.length
      return { ...outcome, publishMs: Math.round(performance.now() - startedAt) }
    })
    const [{ refused, held, publishMs }, arrivals] = await watchWhile(
      publishing,
      (signal) =>
        awaitConvergence({ ...demo, signal }, nodes, { expected: () => total, withinMs: PUBLISH_MS }),
      demo.signal,
    )
    const count = demo.publications.length
    const codes = [...new Set(refused)]
    demo.screen.line(heldBack(held))
    const lost = refused.length === 0 ? '' : `; ${refused.length} objects were refused (${codes.join(', ')})`
    if (arrivals === undefined)
      return {
        held: false,
        says: `not every node had all ${count} records within three minutes${lost}`,
        codes,
      }
    const everywhereMs = Math.max(...arrivals.values())
    const rate = Math.round((count * 1000) / everywhereMs)
    return {
      held: count > 0,
      says: `${count} records at all ${nodes.length} nodes, all roots equal, ${seconds(everywhereMs)} after the first was published: ${rate} a second${lost}`,
      codes,
      details: [...arrivals].map(([organisation, ms]) => ({ organisation, ms })),
      measured: {
        records: count,
        held: objectsOf(held),
        refused: refused.length,
        publishMs,
        everywhereMs,
        recordsPerSecond: rate,
      },
    }
  },
}

/** Publishing itself, too, takes its time on a busy machine. */
const PUBLISH_MS = 180_000

function showParcels({ content, members, screen }: Demo): void {
  screen.table(
    [
      { title: 'organisation', least: 8 },
      { title: 'tlp' },
      { title: 'objects' },
      { title: 'what', least: 10 },
    ],
    members.flatMap(({ organisation }, i) =>
      (content.parcels[i] ?? []).map(({ title, tlp, items }) => [
        organisation,
        labelCell(tlp),
        String(items.length),
        title,
      ]),
    ),
  )
  screen.line()
}

/** All members at the same time. `refused` are codes, of what could not be read or was refused by the node. */
async function publishAll(demo: Demo): Promise<{ refused: readonly string[]; held: PublishResult['held'] }> {
  const outcomes = await Promise.all(
    demo.members.map(async (member, i) => {
      const published: Published[] = []
      for (const parcel of demo.content.parcels[i] ?? [])
        published.push(await publishItems(demo, member, parcel))
      return published
    }),
  )
  const all = outcomes.flat()
  return {
    refused: [...demo.content.unreadable, ...all.flatMap(({ refused }) => refused.map(({ code }) => code))],
    held: all.flatMap(({ held }) => held),
  }
}

/** What the gate kept from leaving: by the lists that it stands on. */
function heldBack(held: PublishResult['held']): string {
  const byList = Map.groupBy(held, ({ list }) => list)
  const lists = [...byList].map(([list, findings]) => `${list} ${objectsOf(findings)}`).join(', ')
  return held.length === 0
    ? 'the gate held nothing back'
    : `the gate held ${objectsOf(held)} objects back that would hit innocents: ${lists}`
}

function objectsOf(held: PublishResult['held']): number {
  return new Set(held.map(({ where }) => where)).size
}
