import { hourOf } from '../admission/index.ts'
import type { Core } from './core.ts'
import type { Mesh } from './mesh.ts'
import { renewIfDue } from './renewal.ts'
import { reportDisk, reportState } from './report.ts'
import type { StoreCare } from './store-care.ts'

const TICK_MS = 1_000
const MINUTE_MS = 60_000
const HOUR_MS: number = 60 * MINUTE_MS
const FIRST_BEAT_MS = 10_000
/** A contact is said again so often, that a register lost everywhere fills up by itself. */
const CONTACT_MS: number = 6 * 60 * MINUTE_MS

/** What a running node does by the clock: sweeping, renewal, its contact, the end of suspensions; an ACO's heartbeat. */
export async function startUpkeep(
  core: Core,
  mesh: Mesh,
  care: Pick<StoreCare, 'review'>,
): Promise<AsyncDisposable> {
  const { options, authority } = core
  const logger = options.logger.scope('upkeep')
  const beatMs = options.config.status.beatSeconds * 1000
  const due = new Map<string, number>()
  let turn: Promise<void> = Promise.resolve()
  let changeAt = core.trust.nextChange()
  const stopping = new AbortController()

  /** Jobs in order, each with the time between two runs, in ms. */
  const jobs: readonly (readonly [string, number, () => Promise<unknown>])[] = [
    ...(authority === undefined ? [] : [['beat', beatMs, async () => (await authority()).beat()] as const]),
    ['contact', CONTACT_MS, () => mesh.announceContact()],
    ['sweep', MINUTE_MS, () => core.sweeper.sweepTo(hourOf(core.clock()))],
    ['retention', HOUR_MS, () => core.retention.sweep(stopping.signal)],
    ['renew', MINUTE_MS, () => renewIfDue(core, mesh)],
    ['suspensions', MINUTE_MS, async () => endSuspensions()],
    ['metrics', 5 * TICK_MS, () => reportState(core, mesh)],
    ['store', MINUTE_MS, () => care.review()],
    ['disk', MINUTE_MS, () => reportDisk(core)],
  ]
  // An ACO whose home was set back learns first, from whoever connects, how far its beacons had come.
  due.set('beat', performance.now() + FIRST_BEAT_MS)
  // A first cut of many days takes its time, and the node is waited for.
  due.set('retention', performance.now() + MINUTE_MS)
  await runDue()
  const timer = setInterval(() => {
    turn = turn.then(runDue)
  }, TICK_MS)

  async function runDue(): Promise<void> {
    for (const [name, everyMs, job] of jobs) {
      const now = performance.now()
      if ((due.get(name) ?? 0) > now) continue
      due.set(name, now + everyMs)
      await job().catch((error: unknown) =>
        logger.warn('a regular job failed and will be tried again', { job: name, error }),
      )
    }
  }

  /** A suspension that ends by itself opens its chains again without a statement. */
  function endSuspensions(): void {
    const ended = changeAt !== undefined && changeAt <= core.clock()
    changeAt = core.trust.nextChange()
    if (ended) core.judging.add([...core.trust.roster.all()].map(({ keyId }) => keyId))
  }

  return {
    async [Symbol.asyncDispose]() {
      clearInterval(timer)
      stopping.abort()
      await turn
    },
  }
}
