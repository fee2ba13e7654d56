import { join } from 'node:path'
import type { Observable } from '@intelmesh/stix'
import { lookupValues } from '../../../packages/node/src/query/lookup.ts'
import type { Store } from '../../../packages/node/src/store/index.ts'
import { openBenchNode } from '../bench-node.ts'
import { inTurns } from '../in-turns.ts'
import { cloneLevel } from '../level-clone.ts'
import { loadedStore } from '../loaded-store.ts'
import type { Bench, Row } from '../row.ts'
import { knownObservables, shuffled, unknownObservables } from '../sample-values.ts'
import { openRaw, readRaw, sampleKeys } from '../yardsticks/raw-level.ts'

const row = (part: string, target: number | null): Row => ({
  id: 'P10',
  part,
  what: 'look-up of a value in the index of 1,000,000 indicators',
  yardstick: `raw LevelDB getSync of ${part.startsWith('known') ? 'a key that is there' : 'a key that is not'}`,
  unit: 'look-ups/s',
  target,
  better: 'higher',
})

/** What it costs to know of a value, and what it costs to know nothing of it. */
export const p10: Bench = {
  name: 'P10',
  rows: [
    row('known', 0.8),
    row('unknown', 8),
    row('known, the whole answer', null),
    row('unknown, the whole answer', null),
  ],
  sizes: { default: 1_000_000, quick: 200 },
  budgetMinutes: 15,
  async open(ground) {
    const { path, corpus } = await loadedStore(ground)
    const [raw, read] = [join(ground.folder, 'raw'), join(ground.folder, 'read')]
    await Promise.all([raw, read].map((place) => cloneLevel(join(path, 'level'), place)))
    await using opening = new AsyncDisposableStack()
    const node = opening.use(await openBenchNode(corpus, path))
    const count = Math.min(LOOKUPS, ground.size)
    const keys = shuffled(await keysOf(read, count)).slice(0, count)
    const level = await openRaw(raw)
    opening.defer(() => level.close())
    const missing = keys.map(changed)
    const known = asAsked(await knownObservables(node.store, count))
    const unknown = asAsked(unknownObservables(ground.seed, count))
    const some = (observables: readonly Observable[]): readonly string[] =>
      observables.slice(0, WHOLE_ANSWERS).map(({ value }) => value)

    const rate = (looked: number, ms: number): number => (looked / ms) * 1000
    const raws = (of: readonly Uint8Array[]) => (): number => rate(of.length, readRaw(level, of))
    const ours = (of: readonly Observable[]) => async (): Promise<number> =>
      rate(of.length, await timed(() => lookUp(node.store, of)))
    const whole = (of: readonly string[]) => async (): Promise<number> =>
      rate(of.length, await timed(() => lookupValues(node.query, of)))
    const measures = {
      known: { ours: ours(known), yardstick: raws(keys) },
      unknown: { ours: ours(unknown), yardstick: raws(missing) },
      'known, the whole answer': { ours: whole(some(known)), yardstick: raws(keys) },
      'unknown, the whole answer': { ours: whole(some(unknown)), yardstick: raws(missing) },
    }
    const opened = opening.move()
    return {
      async run(number) {
        const pairs = new Map<string, Awaited<ReturnType<typeof inTurns>>>()
        for (const [part, each] of Object.entries(measures)) pairs.set(part, await inTurns(each, number))
        return Object.fromEntries(pairs)
      },
      [Symbol.asyncDispose]: () => opened.disposeAsync(),
    }
  },
}

/**
 * As the index is asked: what is not known costs no read, and of what is known its row is read. As many at once as one request of
 * the API has under way.
 */
async function lookUp(store: Store, observables: readonly Observable[]): Promise<void> {
  for (let from = 0; from < observables.length; from += AT_ONCE) {
    const known = observables.slice(from, from + AT_ONCE).filter((observable) => store.knows(observable))
    if (known.length > 0) await Promise.all(known.map((observable) => store.postings(observable)))
  }
}

/** Keys from all over a LevelDB. It is not asked afterwards: what was read from end to end LevelDB puts in better order. */
async function keysOf(path: string, count: number): Promise<readonly Uint8Array[]> {
  const level = await openRaw(path)
  const keys = await sampleKeys(level, count)
  await level.close()
  return keys
}

/** Values as a request brings them: not as views of the text of which their corpus is made. */
function asAsked(observables: readonly Observable[]): readonly Observable[] {
  return JSON.parse(JSON.stringify(observables)) as readonly Observable[]
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now()
  await work()
  return performance.now() - startedAt
}

/** A key of the same shape that no row has. */
function changed(key: Uint8Array): Uint8Array {
  const other = key.slice()
  const last = other.length - 1
  other[last] = (other[last] ?? 0) ^ 0x55
  return other
}

const LOOKUPS = 50_000
const WHOLE_ANSWERS = 5_000
const AT_ONCE = 64
