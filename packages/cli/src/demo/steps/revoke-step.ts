import { MeshError } from '@intelmesh/protocol'
import { createChance } from '../chance.ts'
import { awaitConvergence } from '../convergence.ts'
import type { DemoNode } from '../demo-node.ts'
import { publishItems } from '../publish-items.ts'
import { seconds } from '../seconds.ts'
import { type Demo, recordsSoFar, standing, standingMembers, type Step } from '../step.ts'
import { waitUntil } from '../wait-until.ts'

export const revokeStep: Step = {
  name: 'revoke',
  title: 'A member is put out',
  about:
    'A key was stolen, say. One word of the ACO, and every node hangs up on that member and takes nothing that it signs from now on. What it published before stays, since it was good when it came.',
  async run(demo) {
    const { aco, screen, seed, signal } = demo
    const chance = createChance(seed, 'revoke')
    const outcast = chance.pick(demo.members)
    const { node } = await outcast.status()
    const others = standing(demo).filter((other) => other !== outcast)
    screen.command(
      `intelmesh aco revoke '${outcast.organisation}' --reason key-compromise --home ${aco.home}`,
    )
    const startedAt = performance.now()
    await aco.aco.act({ action: 'revoke', who: outcast.organisation, reason: 'key-compromise' })
    const [drops, isAlone] = await Promise.all([
      Promise.all(others.map((other) => dropTime(demo, other, node, startedAt))),
      waitUntil(async () => ((await outcast.status()).peers === 0 ? true : undefined), {
        everyMs: 50,
        signal,
      }),
    ])
    demo.revoked.push(outcast)
    if (isAlone === undefined || drops.includes(undefined))
      return {
        held: false,
        says: `${outcast.organisation} was still connected a minute after it was revoked`,
      }
    screen.table(
      [{ title: 'node', least: 8 }, { title: 'hung up after' }],
      others.map(({ organisation }, i) => [organisation, seconds(drops[i] ?? 0)]),
    )
    screen.line()
    const after = await publishAfterwards(demo, outcast)
    const slowest = Math.max(...drops.map((ms) => ms ?? 0))
    const codes = await codesTold(outcast, demo)
    return {
      held: after.held && codes.includes('CERT_REVOKED'),
      says: `all ${others.length} nodes hung up on ${outcast.organisation} within ${seconds(slowest)}, and it is told ${codes.join(', ') || 'nothing'}; ${after.says}`,
      codes: [...codes, ...after.codes],
      details: others.map(({ organisation }, i) => ({ organisation, ms: drops[i] ?? 0 })),
      measured: { dropMs: slowest, peersOfRevoked: (await outcast.status()).peers },
    }
  },
}

async function dropTime(
  { signal }: Demo,
  at: DemoNode,
  node: string,
  startedAt: number,
): Promise<number | undefined> {
  return waitUntil(
    async () => {
      const peers = await at.api.peers()
      return peers.some((peer) => peer.node === node) ? undefined : Math.round(performance.now() - startedAt)
    },
    { everyMs: 50, signal },
  )
}

/** The outcast publishes, then a member does: when the words of the one are everywhere, those of the other must be nowhere. */
async function publishAfterwards(demo: Demo, outcast: DemoNode) {
  const [lost, kept] = [demo.content.later.slice(1, 2), demo.content.later.slice(2, 3)]
  const attempt = await tryToPublish(demo, outcast, lost)
  const member = createChance(demo.seed, 'after revocation').pick(standingMembers(demo))
  const nodes = standing(demo)
  await publishItems(demo, member, { items: kept, tlp: 'clear' })
  const isEverywhere = await awaitConvergence(demo, nodes, { expected: () => recordsSoFar(demo) })
  const pages = await Promise.all(
    attempt.records.flatMap((record) => nodes.map(({ api }) => api.records({ record }))),
  )
  const leaked = pages.filter(({ records }) => records.length > 0).length
  const what =
    attempt.code === undefined
      ? 'what it publishes now stays with it'
      : `it may not publish (${attempt.code})`
  return {
    held: isEverywhere !== undefined && leaked === 0,
    says: leaked === 0 ? what : `but what it published later reached ${leaked} nodes`,
    codes: attempt.code === undefined ? [] : [attempt.code],
  }
}

/** A node that has heard of its own revocation refuses; one that has not keeps the record to itself. */
async function tryToPublish({ signal }: Demo, outcast: DemoNode, items: Demo['content']['later']) {
  try {
    const { publications } = await publishItems({ publications: [], signal }, outcast, {
      items,
      tlp: 'clear',
    })
    return { records: publications.map(({ record }) => record) }
  } catch (error) {
    if (!(error instanceof MeshError)) throw error
    return { records: [], code: error.code }
  }
}

/** What the outcast is told when it knocks again, as it noted. */
async function codesTold(outcast: DemoNode, { signal }: Demo): Promise<readonly string[]> {
  const codes = await waitUntil(
    async () => {
      const rows = await outcast.api.quarantine({ limit: 100 })
      const told = rows.filter(({ what, detail }) => what === 'connection' && detail === 'outbound')
      return told.length > 0 ? [...new Set(told.map(({ code }) => code))] : undefined
    },
    { everyMs: 200, signal },
  )
  return codes ?? []
}
