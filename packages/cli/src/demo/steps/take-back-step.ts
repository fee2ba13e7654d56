import { indicatorFor } from '@intelmesh/stix'
import { createChance } from '../chance.ts'
import type { DemoNode } from '../demo-node.ts'
import { seconds } from '../seconds.ts'
import { type Demo, standing, standingMembers, type Step } from '../step.ts'
import { waitUntil } from '../wait-until.ts'

/** A name that nobody wants on a blocklist. */
const INNOCENT = 'wikipedia.org'

export const takeBackStep: Step = {
  name: 'take-back',
  title: 'A member says something wrong, and takes it back',
  about:
    'Before anything leaves, a gate looks for what should not: names that everybody uses, private addresses, what is the own. Who insists gets it through. Taking it back then is urgent, and reaches every member before any other news.',
  async run(demo) {
    const chance = createChance(demo.seed, 'take-back')
    const member = chance.pick(standingMembers(demo))
    const others = standing(demo).filter((node) => node !== member)
    const observable = { type: 'domain', value: INNOCENT } as const
    const text = JSON.stringify(indicatorFor({ observable, now: demo.context.now(), uuid: chance.uuid() }))
    const request = { tlp: 'green', objects: [{ text, where: 'by hand:1' }] } as const

    const { held } = await member.api.publish(request)
    const [finding] = held
    demo.screen.command(`intelmesh publish list.txt --tlp green --home ${member.home}`)
    if (finding === undefined) return { held: false, says: `the gate let ${INNOCENT} through` }
    demo.screen.line(`held back: ${finding.value}, on the list ${finding.list} (${finding.listName})`)

    demo.screen.command(`intelmesh publish list.txt --tlp green --allow ${INNOCENT} --home ${member.home}`)
    const record = (await member.api.publish({ ...request, allow: [INNOCENT] })).published[0]?.record
    if (record === undefined)
      return { held: false, says: `${INNOCENT} was not published in spite of --allow` }
    const known = await lastOf(demo, others, (node) => isKnown(node, record))
    demo.screen.command(`intelmesh retract --value ${INNOCENT} --reason false-positive --home ${member.home}`)
    const { retracted } = await member.api.retract({ values: [INNOCENT], reason: 'false-positive' })
    demo.tombstones.push(...retracted.map(({ tombstone }) => tombstone))
    const gone = await lastOf(demo, others, async (node) => !(await isKnown(node, record)))
    if (known === undefined || gone === undefined)
      return {
        held: false,
        says: `${INNOCENT} did not come to, or did not go from, every node within a minute`,
      }
    return {
      held: retracted.length === 1,
      says: `the gate held ${INNOCENT} back; let through by hand it was known everywhere after ${seconds(known)}, and gone everywhere ${seconds(gone)} after it was taken back`,
      codes: [finding.code],
      measured: { knownMs: known, goneMs: gone },
    }
  },
}

/** Whether look-up or export of a node has the record. */
async function isKnown({ api }: DemoNode, record: string): Promise<boolean> {
  const [answer] = await api.lookup([INNOCENT])
  if (answer?.hits.some((hit) => hit.record === record) === true) return true
  return (await api.export({ record })).items.length > 0
}

/** @returns ms until something holds at the last of the nodes */
async function lastOf(
  { signal }: Demo,
  nodes: readonly DemoNode[],
  holds: (node: DemoNode) => Promise<boolean>,
): Promise<number | undefined> {
  const startedAt = performance.now()
  const times = await Promise.all(
    nodes.map((node) =>
      waitUntil(async () => ((await holds(node)) ? performance.now() - startedAt : undefined), {
        everyMs: 10,
        signal,
      }),
    ),
  )
  const known = times.filter((ms) => ms !== undefined)
  return known.length < nodes.length ? undefined : Math.round(Math.max(...known))
}
