import type { DemoNode } from '../demo-node.ts'
import { drawNodes, type NodeView, viewNodes } from '../convergence.ts'
import { runCommand } from '../processes.ts'
import type { Demo, Step } from '../step.ts'
import { waitUntil } from '../wait-until.ts'
import { watchWhile } from '../watch-while.ts'
import { LISTEN } from './found-step.ts'

export const joinStep: Step = {
  name: 'join',
  title: 'Four members join by invite',
  about:
    'An invite is one line that works once. With it a newcomer has its own key certified; the key itself never leaves its home. Then each runs its node, and the nodes find each other.',
  isVital: true,
  async run(demo) {
    const { aco, members, screen, signal } = demo
    const example = members[0] as DemoNode
    screen.command(`intelmesh aco invite --org '${example.organisation}' --local --home ${aco.home}`)
    screen.command(`intelmesh join imesh1:… --home ${example.home}`)
    screen.command(`intelmesh ${example.words.join(' ')}`)
    screen.line('… and likewise for the others.')
    const nodes = [aco, ...members]
    const startedAt = performance.now()
    const joining = Promise.all(members.map((member) => enrol(demo, member)))
    const [, views] = await watchWhile(joining, (until) => watchMesh(demo, nodes, until), signal)
    if (views === undefined)
      return { held: false, says: 'not every node found every other within two minutes' }
    const joinMs = Math.round(performance.now() - startedAt)
    return {
      held: new Set(views.map(({ pid }) => pid)).size === nodes.length,
      says: `${nodes.length} processes, each connected to the ${nodes.length - 1} others`,
      measured: { joinMs },
    }
  },
}

/** Eight processes start, a dozen seconds of work for one core, beside whatever else the machine does. */
const JOIN_MS = 120_000

/** @returns the nodes once each is connected to all others */
function watchMesh(
  { screen }: Demo,
  nodes: readonly DemoNode[],
  signal: AbortSignal,
): Promise<readonly NodeView[] | undefined> {
  return waitUntil(
    async () => {
      const views = await viewNodes(nodes)
      drawNodes(screen, views)
      const isWhole = views.length === nodes.length && views.every(({ peers }) => peers === nodes.length - 1)
      return isWhole ? views : undefined
    },
    { everyMs: 200, signal, withinMs: JOIN_MS },
  )
}

async function enrol({ aco, launcher, signal }: Demo, member: DemoNode): Promise<void> {
  const { invite } = await aco.aco.invite({
    org: member.organisation,
    kind: 'member',
    roles: [],
    clearance: 'red',
    days: 14,
    local: true,
  })
  // On standard input, since a command line is there for all users of a machine to read.
  await runCommand(launcher, ['join', '-', ...LISTEN, '--json', '--home', member.home], {
    input: invite,
    signal,
  })
  await member.start(signal)
}
