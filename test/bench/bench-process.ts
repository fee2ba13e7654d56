import { BENCHES } from './benches.ts'
import { CACHE } from './cache.ts'
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
    cache: CACHE,
    signal: AbortSignal.timeout(budgetMs),
    progress: (text) => tell({ kind: 'progress', text }),
    onRun: (measured) => tell({ kind: 'run', run: measured }),
  })
}
