import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readWords } from '../support/read-words.ts'
import { churnSoak } from './churn.ts'
import { damageSoak } from './damage.ts'
import { ingestSoak } from './ingest/ingest.ts'
import { killSoak } from './kill.ts'
import { partitionSoak } from './partition.ts'
import { runSoak, type Soak, type SoakResult } from './run-soak.ts'
import { takeBackSoak } from './take-back.ts'
import { weekSoak } from './week.ts'

const USAGE = `pnpm soak NAME [--times N] [--records N] [--seed S] [--out FILE] [--resume]
  kill   a node is killed while it publishes: nothing acknowledged is lost
  ingest a process that takes in what others signed is killed: the same, at a second a kill
  damage  a store is damaged in eight ways in turn: it is noticed, and healed from peers
  churn  members stop and start while all of them publish: all agree afterwards
  week   an hourly list of which a hundredth changes: the mesh grows by the change alone
  take-back  a false positive is taken back, at nine members and one that slept
  partition  fifty nodes are cut into halves that go on publishing, and joined again
  --times   rounds; 100 unless given, 1000 of kill, 80 of damage, 1 of partition
  --records records that nodes hold before it begins, of kill and ingest; 10000 unless given (a million takes half an hour to load)
  --seed    what the choices of chance come from, "1" unless given
  --out     the result, written after each round; soak-NAME.json unless given
  --resume  go on after the rounds in that file`

const SOAKS: readonly Soak[] = [
  killSoak,
  ingestSoak,
  damageSoak,
  churnSoak,
  weekSoak,
  takeBackSoak,
  partitionSoak,
]

// Processes are started hundreds of times: the first leaves its modules compiled to all that follow.
process.env['NODE_COMPILE_CACHE'] ??= join(import.meta.dirname, '../../node_modules/.cache/compiled')

const { values, positionals } = readWords(
  {
    allowPositionals: true,
    options: {
      times: { type: 'string' },
      seed: { type: 'string', default: '1' },
      out: { type: 'string' },
      records: { type: 'string' },
      resume: { type: 'boolean', default: false },
    },
  },
  USAGE,
)
const soak = SOAKS.find(({ name }) => name === positionals[0])
const times = Number(values.times ?? soak?.times ?? 100)
const records = Number(values.records ?? soak?.records ?? 0)
const areNumbers = [times, records].every((each) => Number.isSafeInteger(each) && each >= 0)
if (soak === undefined || positionals.length !== 1 || !areNumbers || times < 1) {
  console.error(USAGE)
  process.exitCode = 2
} else {
  await run(soak, values.out ?? `soak-${soak.name}.json`)
}

async function run(soak: Soak, out: string): Promise<void> {
  const earlier =
    values.resume && existsSync(out) ? (JSON.parse(await readFile(out, 'utf8')) as SoakResult) : undefined
  const folder = await mkdtemp(join(tmpdir(), `soak-${soak.name}-`))
  const stopping = new AbortController()
  // A second signal finds no handler and ends the process the hard way; the nodes end with it.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopping.abort())

  let writing = Promise.resolve()
  const result = await runSoak(soak, {
    times,
    seed: earlier?.seed ?? values.seed,
    folder,
    records,
    signal: stopping.signal,
    ...(earlier === undefined ? {} : { earlier }),
    onRound(state) {
      writing = writing.then(() => save(state, out))
      const figures = Object.entries(state.rounds.at(-1) ?? {}).map(([name, value]) => `${name} ${value}`)
      console.error(
        `${state.done}/${state.planned}  ${state.violations.length} violations  ${figures.join(', ')}`,
      )
    },
  })
  await writing
  await save(result, out)
  const { rounds: _, ...summary } = result
  console.log(JSON.stringify(summary, null, 2))
  if (result.violations.length === 0) await rm(folder, { recursive: true })
  else console.error(`homes and logs are kept in ${folder}`)
  process.exitCode = result.violations.length > 0 || result.done < result.planned ? 1 : 0
}

async function save(state: SoakResult, out: string): Promise<void> {
  await writeFile(`${out}.new`, `${JSON.stringify(state, null, 2)}\n`)
  await rename(`${out}.new`, out)
}
