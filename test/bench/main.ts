import { readWords } from '../support/read-words.ts'
import { BENCHES } from './benches.ts'
import { tidyCache } from './cache.ts'
import { writeDocs } from './docs/write-docs.ts'
import { saveResults } from './results-file.ts'
import type { Bench } from './row.ts'
import { runTable } from './run-table.ts'

const USAGE = `pnpm bench [NAME...] [--full] [--strict] [--quick] [--seed S] [--json] [--docs]
  NAME      P1 to P15, H1 and so on; all unless given
  --full    repeat the rows of P15 five times at each size
  --strict  exit with 1 when a target is missed
  --quick   at a few records only, to see that all of it runs: the figures mean nothing, and are not kept
  --seed    what the corpus and the choices of chance come from, "1" unless given
  --json    print the results as JSON
  --docs    measure nothing, and write docs/benchmarks.md anew from the results that are kept
Results are kept in bench/results.json.`

const { values, positionals } = readWords(
  {
    allowPositionals: true,
    options: {
      full: { type: 'boolean', default: false },
      strict: { type: 'boolean', default: false },
      quick: { type: 'boolean', default: false },
      seed: { type: 'string', default: '1' },
      json: { type: 'boolean', default: false },
      docs: { type: 'boolean', default: false },
    },
  },
  USAGE,
)
const names = positionals.map((name) => name.toUpperCase())
const idsOf = ({ rows }: Bench): readonly string[] => rows.map(({ id }) => id)
const known = new Set(BENCHES.flatMap(idsOf))
const unknown = names.filter((name) => !known.has(name))

if (unknown.length > 0) {
  console.error(`there is no row ${unknown.join(', ')}\n${USAGE}`)
  process.exitCode = 2
} else if (values.docs) {
  await writeDocs()
} else {
  await run()
}

async function run(): Promise<void> {
  const { full, quick, seed, json, strict } = values
  await tidyCache()
  const isChosen = (bench: Bench): boolean =>
    names.length === 0 || idsOf(bench).some((id) => names.includes(id))
  const chosen = BENCHES.filter(isChosen)
  const { results, failed } = await runTable(chosen, {
    full,
    quick,
    seed,
    print: json ? () => undefined : console.log,
    report: console.error,
  })
  if (!quick) await saveResults(results)
  if (json) console.log(JSON.stringify(results, null, 2))
  const isMissed = results.some(({ ok }) => !ok)
  process.exitCode = failed.length > 0 || (strict && isMissed) ? 1 : 0
}
