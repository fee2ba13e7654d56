import { readWords } from '../support/read-words.ts'
import { runSeeds, type SeedsResult } from './run-seeds.ts'
import { shrink } from './shrink.ts'

const USAGE = `pnpm simulate [--seed N | --seeds A..B] [--steps N] [--first] [--json]
  --seed   one seed, with its trace hash, which is the same in every process
  --seeds  all seeds from A to B; 1..2000 unless given
  --steps  steps of each seed, instead of as many as it says itself
  --first  end with the first seed that breaks something
  --json   one JSON object on standard output
Progress goes to standard error. What breaks is shown with its seed and the shortest run that still breaks it. Exit code 1.`

/** Lines of a trace that are shown. */
const TAIL = 60

// Refusals are ordinary here, and each takes down where it was made.
Error.stackTraceLimit = 4

const { values } = readWords(
  {
    options: {
      seed: { type: 'string' },
      seeds: { type: 'string', default: '1..2000' },
      steps: { type: 'string' },
      first: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
    },
  },
  USAGE,
)
const [first = Number.NaN, last = first] = (values.seed ?? values.seeds).split('..').map(Number)
const steps = values.steps === undefined ? undefined : Number(values.steps)
const isSound = [first, last, steps ?? 1].every((number) => Number.isSafeInteger(number) && number > 0)
if (!isSound || first > last) {
  console.error(USAGE)
  process.exitCode = 2
} else {
  await run({ first, last, ...(steps !== undefined && { steps }) })
}

async function run(plan: {
  readonly first: number
  readonly last: number
  readonly steps?: number
}): Promise<void> {
  const result = await runSeeds({
    ...plan,
    isFirstEnough: values.first,
    onProgress: ({ done, planned, violations, seconds }) =>
      console.error(`${done}/${planned} seeds  ${violations.length} broken  ${seconds} s`),
  })
  if (values.json) console.log(JSON.stringify(result))
  else print(result)
  if (!values.json) for (const { seed } of result.violations) await show(seed, steps)
  process.exitCode = result.violations.length > 0 || result.done < result.planned ? 1 : 0
}

function print({
  done,
  planned,
  nodes,
  steps: taken,
  records,
  hash,
  seconds,
  violations,
}: SeedsResult): void {
  console.log(`${done} of ${planned} seeds: ${nodes} nodes, ${taken} steps, ${records} records, ${seconds} s`)
  console.log(`${violations.length} broken`)
  console.log(`trace ${hash}`)
}

async function show(seed: number, most: number | undefined): Promise<void> {
  const { kept, steps: of, result } = await shrink(seed, most)
  for (const { code, detail } of result.violations) console.log(`seed ${seed}: ${code} ${detail}`)
  console.log(`seed ${seed}: the same follows from ${kept.length} of ${of} steps (${kept.join(' ')})`)
  for (const line of result.trace.slice(-TAIL)) console.log(`  ${line}`)
}
