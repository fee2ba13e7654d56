import { createChance } from '../chance.ts'
import { awaitConvergence } from '../convergence.ts'
import { publishItems } from '../publish-items.ts'
import { seconds } from '../seconds.ts'
import { recordsSoFar, standing, standingMembers, type Step } from '../step.ts'

/** Of the single indicators, the first few are taken by other steps. */
const FIRST_UNUSED = 10

export const returnStep: Step = {
  name: 'return',
  title: 'A node goes away and comes back',
  about:
    'It is stopped, the others go on without it, and when it is back it asks them what it missed: first who belongs and who no longer does, then the records. Two nodes compare their sets by walking down trees of hashes, and fetch only what differs.',
  async run(demo) {
    const { content, screen, seed, signal } = demo
    const [away, writer] = createChance(seed, 'return').shuffle(standingMembers(demo))
    if (away === undefined || writer === undefined) throw new TypeError('two members are needed')
    const stoppedAt = performance.now()
    screen.command(`kill -TERM ${away.pid}`)
    const exitCode = await away.stop()
    const stopMs = Math.round(performance.now() - stoppedAt)
    const others = standing(demo).filter((node) => node !== away)
    const items = content.later.slice(FIRST_UNUSED)
    const { publications } = await publishItems(demo, writer, { items, tlp: 'green' })
    const missed = publications.length
    screen.line(`${away.organisation} is down; meanwhile ${writer.organisation} publishes ${missed} records.`)
    const target = { expected: (): number => recordsSoFar(demo) }
    const isWithout = await awaitConvergence(demo, others, target)
    screen.command(`intelmesh ${away.words.join(' ')}`)
    const startedAt = performance.now()
    await away.start(signal)
    const startMs = Math.round(performance.now() - startedAt)
    const arrivals = await awaitConvergence(demo, standing(demo), target)
    const measured = { missed, stopMs, startMs }
    if (exitCode !== 0)
      return {
        held: false,
        says: `${away.organisation} did not stop cleanly (exit code ${exitCode ?? 'none'})`,
        measured,
      }
    if (isWithout === undefined || arrivals === undefined)
      return {
        held: false,
        says: 'the nodes did not come to hold the same records within a minute',
        measured,
      }
    const convergeMs = Math.round(performance.now() - startedAt) - startMs
    return {
      held: missed > 0,
      says: `${away.organisation} stopped cleanly, missed ${missed} records, and held the same as all others ${seconds(convergeMs)} after it was up again`,
      measured: { ...measured, convergeMs },
    }
  },
}
