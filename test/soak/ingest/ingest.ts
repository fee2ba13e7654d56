import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { createChance } from '../../../packages/cli/src/demo/chance.ts'
import { bundle } from '../../../tools/bundle.ts'
import { atNextWrite } from '../at-next-write.ts'
import { openRecorder } from '../open-recorder.ts'
import type { Soak, SoakSession, Violation } from '../run-soak.ts'
import { startIngest } from './start-ingest.ts'

/**
 * Kills a process that takes in what its sector has signed, everything on, and opens its store again, round by round: what it had
 * acknowledged is there, and batches are whole or absent. All that lies behind a node's network, and nothing of it: a round takes
 * a second.
 */
export const ingestSoak: Soak = { name: 'ingest', records: 10_000, open }

async function open({ folder, seed, records = 0 }: Parameters<Soak['open']>[0]): Promise<SoakSession> {
  await using opening = new AsyncDisposableStack()
  const recorder = opening.use(openRecorder(join(folder, 'acknowledged')))
  const cache = join(folder, 'corpora')
  await mkdir(cache)
  const script = await bundle('test/soak/ingest/ingest-process.ts', 'test/bundle', [
    'test/{bench,soak,data}/**/*.ts',
  ])
  const ground = { folder, cache, seed, records }
  await using loading = startIngest(script, ground, 0)
  await loading.opened
  for (let left = records; left > 0;) {
    const ids = await loading.next()
    if (ids === undefined) throw new Error('the process ended before all was loaded')
    await recorder.record(ids)
    loading.noted()
    left -= ids.length
  }
  let unacknowledged = 0
  const running = opening.move()

  return {
    async round(number) {
      const chance = createChance(seed, `round ${number}`)
      const isInStart = number % START_KILL_EVERY === 0
      if (isInStart) {
        await using starting = startIngest(script, ground, number)
        starting.killAfter(chance.below(MAX_START_MS))
        await starting.ended
      }
      await using ingest = startIngest(script, ground, number)
      const found = await ingest.opened
      // What the round before left, of which nobody heard.
      const isBetween = found.unacknowledged > unacknowledged
      unacknowledged = found.unacknowledged
      const least = chance.below(MAX_ACKNOWLEDGED)
      let acknowledged = 0
      let isAimed = false
      const aim = (): void => {
        isAimed = true
        if (number % 2 === 1) ingest.killAfter(chance.below(MAX_DELAY_MS))
        else atNextWrite(join(folder, 'store'), () => ingest.killAfter(chance.below(MAX_WRITE_DELAY_MS)))
        // It may have taken in all that there is.
        ingest.killAfter(LATEST_MS)
      }
      for (let told = 0; ; told++) {
        if (told >= least && !isAimed) aim()
        const ids = await ingest.next()
        if (ids === undefined) break
        await recorder.record(ids)
        ingest.noted()
        acknowledged += ids.length
      }
      return {
        violations: found.violations,
        figures: {
          kills: 1,
          killsBetweenWriteAndAcknowledgement: isBetween ? 1 : 0,
          killsWhileStarting: isInStart ? 1 : 0,
          acknowledged,
          openMs: found.ms,
        },
      }
    },
    async finish(): Promise<readonly Violation[]> {
      await using last = startIngest(script, { ...ground, isLast: true }, 0)
      return (await last.opened).violations
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  }
}

/** Batches that are acknowledged before the kill is set off, at most. */
const MAX_ACKNOWLEDGED = 12
/** Every other kill comes so long after one of them at most. */
const MAX_DELAY_MS = 25
/** The others come so long after a write to the database at most: most of them before it is acknowledged. */
const MAX_WRITE_DELAY_MS = 3
const LATEST_MS = 1_000
/** Every so many rounds, the process is killed once more while it starts. */
const START_KILL_EVERY = 5
const MAX_START_MS = 400
