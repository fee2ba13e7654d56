import { createHash } from 'node:crypto'
import { ACTIONS } from './actions.ts'
import { type Chance, createChance } from './chance.ts'
import { createInspector, inspectAll } from './check.ts'
import { converge } from './converge.ts'
import type { Foundation } from './foundation.ts'
import { takeOver, turn } from './take-over.ts'
import { createTimeline } from './timeline.ts'
import type { Violation } from './violation.ts'
import { createWorld, runningOf, type World } from './world.ts'

/** What a run is to be, besides its seed. */
export interface RunOptions {
  /** @default as many as the seed says, 30 to 60 */
  readonly steps?: number
  /** Steps in which nothing is done, though time passes: for finding out which of them matter. */
  readonly skipped?: ReadonlySet<number>
}

/** What became of a run. */
export interface RunResult {
  readonly seed: number
  /** SHA-256 over the whole trace: equal runs have equal ones, whatever machine they run on. */
  readonly hash: string
  readonly steps: number
  /** The step after which it broke; one more than there are when it held to the end. */
  readonly endedAt: number
  readonly nodes: number
  readonly records: number
  /** Of the first step after which there was one. */
  readonly violations: readonly Violation[]
  /** What happened, in order; the end of it, where it is long. */
  readonly trace: readonly string[]
}

/** Nodes at the start. More come in; what takes many is rare, and costs with their square. */
const SIZES = [3, 3, 3, 3, 4, 5]
const MAX_TRACE = 400
const HOUR_MS = 3_600_000
/** All seeds of a process share it, and none leaves anything behind. */
const MAX_HEAP_BYTES: number = 512 * 1024 * 1024

/** Runs a seed to its end, or to the first step after which something is as it must never be. */
export async function runSeed(
  foundation: Foundation,
  seed: number,
  options: RunOptions = {},
): Promise<RunResult> {
  const chance = createChance(`seed ${seed}`)
  const timeline = createTimeline(foundation.start, turn)
  using _ = takeOver(
    () => timeline,
    () => chance,
  )
  const hasher = createHash('sha256')
  const trace: string[] = []
  let step = 0
  const log = (text: string): void => {
    const line = `${step} ${(timeline.now - foundation.start).toFixed(3)} ${text}`
    hasher.update(`${line}\n`)
    trace.push(line)
    if (trace.length > 2 * MAX_TRACE) trace.splice(0, MAX_TRACE)
  }
  const shape = chance.fork('shape')
  const world = createWorld({ foundation, timeline, chance, log }, shape.pick(SIZES))
  const inspector = createInspector(world.chronicle, world.promises)
  const steps = options.steps ?? 30 + shape.below(31)
  const weights = weightsOf(shape)

  const blame = (error: unknown): void =>
    void world.violations.push({ code: 'BROKEN', detail: `nobody heeds ${String(error)}` })
  process.on('unhandledRejection', blame)
  using _heeded = { [Symbol.dispose]: () => process.off('unhandledRejection', blame) }
  for (const node of world.nodes) world.start(node)
  await timeline.pass(100)
  for (step = 1; step <= steps && world.violations.length === 0; step++) {
    const own = chance.fork(`step ${step}`)
    await takeStep(world, own, options.skipped?.has(step) === true ? 'nothing' : pickAction(weights, own))
    await inspectAll(world, inspector)
    const { heapUsed } = process.memoryUsage()
    if (heapUsed > MAX_HEAP_BYTES)
      world.violations.push({ code: 'OVERGROWN', detail: `${heapUsed} bytes of heap` })
  }
  if (world.violations.length === 0) await converge(world, inspector)
  return {
    seed,
    hash: hasher.digest('hex'),
    steps,
    endedAt: Math.min(step, steps + 1),
    nodes: world.nodes.length,
    records: world.chronicle.size,
    violations: world.violations,
    trace: trace.slice(-MAX_TRACE),
  }
}

/** Each seed has a character: some things happen far more often in it than in others, and some hardly ever. */
function weightsOf(chance: Chance): readonly (readonly [name: string, weight: number])[] {
  return Object.entries(ACTIONS).map(([name, { weight }]) => [name, weight * chance.pick([0.2, 1, 1, 3])])
}

function pickAction(weights: ReturnType<typeof weightsOf>, chance: Chance): string {
  let left = chance.next() * weights.reduce((sum, [, weight]) => sum + weight, 0)
  return weights.find(([, weight]) => (left -= weight) < 0)?.[0] ?? 'nothing'
}

async function takeStep(world: World, chance: Chance, name: string): Promise<void> {
  world.log(name)
  ACTIONS[name]?.act(world, chance)
  world.connections.dial(world.nodes)
  await world.timeline.pass(
    name === 'hours' ? chance.between(0.1, 3) * HOUR_MS : chance.pick([5, 50, 500, 3_000]),
  )
  for (const node of runningOf(world))
    if (node.running.isDue()) world.spawn('upkeep', node, node.running.upkeep())
  await world.timeline.settle()
}
