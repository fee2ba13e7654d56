import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { BENCHES } from './benches.ts'
import { measure } from './measure.ts'
import type { Task, Told } from './run-bench.ts'

// Started by run-bench.ts, which sends one task and is told of each run.
process.once('message', (task: Task) => {
  run(task).then(
    () => process.disconnect(),
    (error: unknown) => {
      console.error(error)
      process.exitCode = 1
      process.disconnect()
    },
  )
})

async function run({ name, budgetMs, ...task }: Task): Promise<void> {
  const bench = BENCHES.find((each) => each.name === name)
  if (bench === undefined) throw new TypeError(`there is no bench ${name}`)
  const tell = (told: Told): void => void process.send?.(told)
  await measure(bench, {
    ...task,
    cache: cacheFolder(),
    signal: AbortSignal.timeout(budgetMs),
    progress: (text) => tell({ kind: 'progress', text }),
    onRun: (measured) => tell({ kind: 'run', run: measured }),
  })
}

/** Corpora and stores of a million records: made once, and found again by the next process. */
function cacheFolder(): string {
  return join(tmpdir(), 'intelmesh-bench')
}
