import { variedObjects } from '../corpus/templates.ts'
import type { Attack } from '../hostile/attackers.ts'
import { ask, startChild } from '../hostile/children.ts'
import type { Strain } from '../hostile/lone-node.ts'
import { inTurns } from '../in-turns.ts'
import { pause, type RealNode, startRealNodes } from '../real-nodes.ts'
import type { Bench } from '../row.ts'
import { signInTurns, spread } from '../spread.ts'

const WHAT = 'while a fifth of the peers send ten times as much rubbish'

/** How honest members fare while others, with valid certificates, do their worst. */
export const hostile: Bench = {
  name: 'H',
  rows: [
    {
      id: 'H1',
      part: 'longest stall of an event loop',
      what: WHAT,
      yardstick: 'the bound',
      unit: 'ms',
      target: 1,
      better: 'lower',
    },
    {
      id: 'H2',
      part: 'memory that a node takes more',
      what: WHAT,
      yardstick: 'the bound',
      unit: 'MB',
      target: 1,
      better: 'lower',
    },
    {
      id: 'H3',
      part: 'honest records through gossip',
      what: WHAT,
      yardstick: 'the same nodes in peace',
      unit: 'records/s',
      target: 0.8,
      better: 'higher',
    },
    {
      id: 'H4',
      part: 'honest peers graylisted or cut off',
      what: WHAT,
      yardstick: 'none',
      unit: 'peers',
      target: 0,
      better: 'lower',
    },
  ],
  sizes: { default: 4_000, quick: 40 },
  budgetMinutes: 5,
  async open(ground) {
    const { seed, size, progress } = ground
    const [honest, bad] = size < 1000 ? [2, 1] : [7, 2]
    await using opening = new AsyncDisposableStack()
    const mesh = opening.use(await startRealNodes(ground, honest, 1 + bad))
    const { nodes, spare } = mesh
    const [lone, ...homes] = spare as [string, ...string[]]
    const victim = opening.use(startChild('lone-node', lone))
    const address = await victim.next<string>()
    await untilConnected(nodes, honest)
    const attack: Attack = {
      homes,
      victims: [address, ...nodes.map((node) => node.mesh.network.addresses[0] as string)],
    }
    const attackers = opening.use(startChild('attackers', JSON.stringify(attack)))
    await attackers.next()
    progress('the attackers are in')
    const objects = variedObjects('mixed', seed)
    const honestIds = new Set(nodes.map(({ core }) => core.own().keyId))
    /** Messages that one honest member sends a second, as measured in peace. */
    let ofOneMember = 0
    const inPeace = async (): Promise<number> => {
      const batches = await signInTurns(nodes, objects, size)
      const ms = await spread(nodes, batches)
      ofOneMember = batches.length / honest / (ms / 1000)
      return (size / ms) * 1000
    }
    let strain: Strain = { stall: { ms: 0, workMs: 0 }, memory: 0, banned: [], isReached: true }
    let cutOff = 0
    const underAttack = async (): Promise<number> => {
      const batches = await signInTurns(nodes, objects, size)
      attackers.send({ make: Math.ceil((RESERVE * TIMES * batches.length) / honest) })
      await attackers.next()
      const [before, edges] = [await ask(victim), mesh.edges().length]
      attackers.send({ rate: TIMES * ofOneMember })
      const ms = await spread(nodes, batches)
      const after = await ask(victim)
      attackers.send({ rate: 0 })
      cutOff = bannedBy(nodes, honestIds) + count(after.banned, honestIds) + edges - mesh.edges().length
      strain = { ...after, memory: Math.max(0, after.memory - before.memory) }
      await pause(AFTERMATH_MS)
      return (size / ms) * 1000
    }
    await inPeace()
    const opened = opening.move()
    return {
      async run(number) {
        const throughput = await inTurns({ ours: underAttack, yardstick: inPeace }, number)
        return {
          'longest stall of an event loop': { ours: strain.stall.ms, yardstick: MAX_STALL_MS },
          'memory that a node takes more': { ours: strain.memory / 2 ** 20, yardstick: MAX_GROWTH_MB },
          'honest records through gossip': throughput,
          'honest peers graylisted or cut off': { ours: cutOff, yardstick: 0 },
        }
      },
      [Symbol.asyncDispose]: () => opened.disposeAsync(),
    }
  },
}

/** What honest members send is a measure for what the others do. */
const TIMES = 10
/** They have so many times as much to send as they would send while the honest ones do in peace. */
const RESERVE = 4
/** What came is judged, and what was stored is settled. */
const AFTERMATH_MS = 3_000
const MAX_STALL_MS = 50
const MAX_GROWTH_MB = 64

/** Until the node of another process has found all that run here, and hears them. */
async function untilConnected(nodes: readonly RealNode[], wanted: number): Promise<void> {
  const isReady = ({ mesh: { network } }: RealNode): boolean =>
    network.peers().filter(({ topics }) => topics.length > 2).length >= wanted
  while (!nodes.every(isReady)) await pause(200)
}

function bannedBy(nodes: readonly RealNode[], honest: ReadonlySet<string>): number {
  const banned = nodes.flatMap(({ mesh }) => mesh.network.peers().filter(({ score }) => score < GRAYLIST))
  return count(
    banned.map(({ node }) => node),
    honest,
  )
}

function count(nodes: readonly string[], among: ReadonlySet<string>): number {
  return nodes.filter((node) => among.has(node)).length
}

const GRAYLIST = -2500
