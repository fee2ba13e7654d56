import { variedObjects } from '../corpus/templates.ts'
import type { Plan } from '../hostile/case-process.ts'
import { CASES } from '../hostile/cases.ts'
import { ask, startChild } from '../hostile/children.ts'
import type { Stall } from '../hostile/stalls.ts'
import { pause, startRealNodes } from '../real-nodes.ts'
import type { Bench, Pair, Row } from '../row.ts'
import { signInTurns, spread } from '../spread.ts'

const ROW = { yardstick: 'the bound', target: 1, better: 'lower' } as const
const IDLE = 'in peace'

/** How one node that has a process to itself bears each way to be a hostile peer that there is, one after the other, over TCP. */
export const hostileCases: Bench = {
  name: 'H5',
  rows: [
    ...[...CASES.map(({ part }) => part), IDLE].map((part): Row => ({
      ...ROW,
      id: 'H5',
      part,
      what: 'longest stall of an event loop',
      unit: 'ms',
      target: part === IDLE ? null : ROW.target,
    })),
    ...CASES.map(({ part }): Row => ({
      ...ROW,
      id: 'H6',
      part: memoryPart(part),
      what: 'memory that a node takes more',
      unit: 'MB',
    })),
  ],
  sizes: { default: 4_000, quick: 40 },
  runs: 1,
  budgetMinutes: 8,
  async open(ground) {
    const { seed, size, progress } = ground
    await using opening = new AsyncDisposableStack()
    const mesh = opening.use(
      await startRealNodes(ground, 1, 1 + CASES.length + CASES.filter(({ isStored }) => isStored).length),
    )
    const { nodes, spare } = mesh
    const [lone, ...homes] = spare as [string, ...string[]]
    // What is compared by cells is where both sides have something: most of the hour that it is now.
    await spread(nodes, await signInTurns(nodes, variedObjects('mixed', seed), size))
    const victim = opening.use(startChild('lone-node', lone))
    const address = await victim.next<string>()
    await ask(victim, { records: size })
    const opened = opening.move()

    /** Has a member do its worst, and asks the victim how it fares then. */
    async function suffer(place: number): Promise<Suffered> {
      const { code, least = 0 } = CASES[place] as (typeof CASES)[number]
      const count = size * TIMES
      const plan: Plan = { home: homes.pop() as string, victim: address, place, count }
      await using attacker = startChild('case-process', JSON.stringify(plan))
      await attacker.next()
      const before = await ask(victim)
      attacker.send({})
      await attacker.next()
      const { stall, memory } = await ask(victim, code === undefined || count < least ? {} : { code })
      return { stall, growth: Math.max(0, memory - before.memory) }
    }

    return {
      async run() {
        await pause(PEACE_MS)
        const pairs: Record<string, Pair> = {
          [IDLE]: { ours: (await ask(victim)).stall.ms, yardstick: MAX_STALL_MS },
        }
        for (const [place, { part, isStored = false }] of CASES.entries()) {
          if (isStored) await suffer(place)
          const { stall, growth } = await suffer(place)
          pairs[part] = { ours: stall.ms, yardstick: MAX_STALL_MS }
          progress(`${part}: ${stall.ms.toFixed(0)} ms, of its own work ${stall.workMs.toFixed(0)} ms`)
          pairs[memoryPart(part)] = { ours: growth / 2 ** 20, yardstick: MAX_GROWTH_MB }
        }
        return pairs
      },
      [Symbol.asyncDispose]: () => opened.disposeAsync(),
    }
  },
}

interface Suffered {
  readonly stall: Stall
  /** Bytes of memory that it takes more than before. */
  readonly growth: number
}

/** As many ids for each that the victim has as make the largest table of cells that two sides compare. */
const TIMES = 44
const PEACE_MS = 2_000
const MAX_STALL_MS = 50
const MAX_GROWTH_MB = 64

/** A run gives its figures by the parts of its rows, so that none may be there twice. */
function memoryPart(part: string): string {
  return `after ${part}`
}
