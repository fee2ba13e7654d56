import { createReadStream } from 'node:fs'
import { join } from 'node:path'
import { isJsonObject, type Observable, observablesOf, parseJson, type StixObject } from '@intelmesh/stix'
import { filterBytes, type Matcher, openMatcher } from '../../../packages/node/src/matching/index.ts'
import { labelsWithin, lookupValues } from '../../../packages/node/src/query/index.ts'
import { openBenchNode } from '../bench-node.ts'
import { variedObjects } from '../corpus/templates.ts'
import { inTurns } from '../in-turns.ts'
import { loadedStore } from '../loaded-store.ts'
import { writeLog } from '../log-lines.ts'
import type { Bench, Row } from '../row.ts'
import { knownObservables } from '../sample-values.ts'
import { type FoundLines, matchByRegex } from '../yardsticks/regex-set.ts'
import { startRegexThreads } from '../yardsticks/regex-set-threads.ts'

const ROW = {
  id: 'P11',
  part: '',
  what: 'match, 1,000,000 lines against 1,000,000 indicators',
  yardstick: 'a regular expression and a JavaScript Set',
  unit: 'lines/s',
  target: 3,
  better: 'higher',
} as const satisfies Row

/** What `intelmesh match` does with a log file: filter, threads, and the answers of the node, which is in this process. */
export const p11: Bench = {
  name: 'P11',
  rows: [ROW, { ...ROW, part: 'two threads', yardstick: `${ROW.yardstick}, in two threads`, target: null }],
  sizes: { default: 1_000_000, quick: 200 },
  budgetMinutes: 10,
  async open(ground) {
    const { path, corpus } = await loadedStore(ground)
    await using opening = new AsyncDisposableStack()
    const node = opening.use(await openBenchNode(corpus, path))
    const { store, query } = node
    const filter = (signal: AbortSignal): AsyncIterable<Uint8Array> =>
      filterBytes(store.sidecar, labelsWithin(query.clearance()), signal)
    const api = { filter, lookup: (values: readonly string[]) => lookupValues(query, values) }
    const log = join(ground.folder, 'log')
    const known = await knownObservables(store, DISTINCT_HITS)
    await writeLog(log, { lines: ground.size, hitEvery: HIT_EVERY, known, seed: 11 })
    const values = valuesOf(ground.seed, ground.size)
    const opened = opening.move()
    return {
      async run(number) {
        const ours = async (): Promise<number> => {
          await using matcher = await openMatcher(api, ground.signal)
          return await rateOf(ground.size, () => matchFile(matcher, log, ground.signal))
        }
        const yardstick = (): Promise<number> => rateOf(ground.size, () => matchByRegex(log, values))
        const whole = await inTurns({ ours, yardstick }, number)
        await using threads = await startRegexThreads(2, log, values)
        const inTwo = await rateOf(ground.size, () => threads.match())
        return { '': whole, 'two threads': { ours: whole.ours, yardstick: inTwo } }
      },
      [Symbol.asyncDispose]: () => opened.disposeAsync(),
    }
  },
}

/** One line of a hundred names something known, of so many values. */
const HIT_EVERY = 100
const DISTINCT_HITS = 2_000

async function rateOf(size: number, work: () => Promise<FoundLines>): Promise<number> {
  const startedAt = performance.now()
  const { lines, hits } = await work()
  const ms = performance.now() - startedAt
  // Each finds what was put in; ours finds networks besides.
  if (lines !== size || hits < (0.9 * size) / HIT_EVERY) throw new Error(`found ${hits} of ${lines} lines`)
  return (lines / ms) * 1000
}

async function matchFile(matcher: Matcher, path: string, signal: AbortSignal): Promise<FoundLines> {
  const found = new Set<number>()
  let count = 0
  for await (const { matches, lines } of matcher.match(
    createReadStream(path, { highWaterMark: 256 * 1024 }),
    signal,
  )) {
    count = lines
    for (const { line } of matches) found.add(line)
  }
  return { lines: count, hits: found.size }
}

/** The values that the corpus names. */
function valuesOf(seed: string, size: number): ReadonlySet<string> {
  const values = new Set<string>()
  let read = 0
  for (const { text } of variedObjects('indicators', seed)) {
    if (read++ >= size) break
    const object = parseJson(new TextEncoder().encode(text))
    const found: readonly Observable[] = isJsonObject(object)
      ? observablesOf(object as StixObject).observables
      : []
    for (const { value } of found) values.add(value)
  }
  return values
}
