import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { type Chance, createChance } from '../../packages/cli/src/demo/chance.ts'
import { foundCluster } from './cluster.ts'
import { type Load, type LoadOutcome, startLoad } from './load.ts'
import { awaitAgreement, complaints, holdings, losses, verifyStore } from './look-at-nodes.ts'
import type { NodeProcess } from './node-process.ts'
import { openRecorder } from './open-recorder.ts'
import type { Soak, SoakSession, Violation } from './run-soak.ts'

/**
 * Stops members with SIGTERM and starts them again while all of them publish: in the end all hold the same, and everything that
 * any of them acknowledged.
 */
export const churnSoak: Soak = { name: 'churn', open }

async function open({ folder, seed }: Parameters<Soak['open']>[0]): Promise<SoakSession> {
  await using opening = new AsyncDisposableStack()
  const cluster = opening.use(await foundCluster(folder))
  const members = await Promise.all(NAMES.map((name) => cluster.enrol(name)))
  await Promise.all(members.map((member) => member.start()))
  const recorder = opening.use(openRecorder(join(folder, 'acknowledged')))
  const running = opening.move()

  const publish = (member: NodeProcess, chance: Chance): Load =>
    startLoad({ api: member.api, recorder, chance, lanes: LANES, pauseMs: PAUSE_MS })

  async function stay(member: NodeProcess, chance: Chance, ms: number): Promise<Part> {
    const load = publish(member, chance)
    await delay(ms)
    load.stop()
    const outcome = await load.outcome
    const isAnswered = outcome.unanswered.length === 0
    const silence = { code: 'NODE_SILENT', detail: `${member.name} left a request without an answer` }
    return { outcomes: [outcome], violations: isAnswered ? [] : [silence] }
  }

  /** What was under way when the node stopped may have been answered or not. */
  async function leaveAndReturn(member: NodeProcess, chance: Chance): Promise<Part> {
    const load = publish(member, chance)
    await delay(chance.below(STAY_MS))
    const exit = await member.stop()
    load.stop()
    const before = await load.outcome
    await delay(chance.below(STAY_MS))
    await member.start()
    const after = await stay(member, chance, STAY_MS / 4)
    const died = { code: 'NODE_DIED', detail: `${member.name} exits ${exit} when it is asked to stop` }
    return {
      outcomes: [before, ...after.outcomes],
      violations: [...(exit === 0 ? [] : [died]), ...after.violations],
    }
  }

  return {
    async round(number) {
      const began = new Date()
      const chance = createChance(seed, `round ${number}`)
      const leaving = new Set(chance.shuffle(members).slice(0, 1 + chance.below(MOST_LEAVING)))
      const parts = await Promise.all(
        members.map((member) => {
          const own = createChance(seed, `round ${number} ${member.name}`)
          return leaving.has(member) ? leaveAndReturn(member, own) : stay(member, own, STAY_MS)
        }),
      )
      const outcomes = parts.flatMap((part) => part.outcomes)
      const violations = [...parts, ...outcomes].flatMap((part) => part.violations)

      const agreement = await awaitAgreement(cluster.nodes)
      if (typeof agreement !== 'number') violations.push(agreement)
      const recorded = await recorder.recorded()
      for (const node of cluster.nodes) {
        violations.push(...losses(node, recorded, await holdings(node.api)))
        violations.push(...(await complaints(node, began)))
      }
      return {
        violations,
        figures: {
          stops: leaving.size,
          requests: outcomes.reduce((sum, { requests }) => sum + requests, 0),
          acknowledged: outcomes.reduce((sum, { acknowledged }) => sum + acknowledged.length, 0),
          roundMs: Date.now() - began.getTime(),
          convergedMs: typeof agreement === 'number' ? agreement : 0,
        },
      }
    },
    async finish() {
      await Promise.all(cluster.nodes.map((node) => node.stop()))
      return (await Promise.all(cluster.nodes.map(verifyStore))).flat()
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  }
}

/** What one member did in a round. */
interface Part {
  readonly outcomes: readonly LoadOutcome[]
  readonly violations: readonly Violation[]
}

const NAMES = ['north', 'east', 'south', 'west'] as const
const MOST_LEAVING = 2
/** How long a member publishes that stays. Those that leave do so within, and stay away at most as long. */
const STAY_MS = 3000
const LANES = 2
/** A few hundred records a round. */
const PAUSE_MS = 400
