import { existsSync } from 'node:fs'
import { rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isJsonObject, type Observable, observablesOf, parseJson, type StixObject } from '@intelmesh/stix'
import type { Store } from '../../packages/node/src/store/index.ts'
import { variedObjects } from './corpus/templates.ts'
import type { Ground } from './row.ts'

/** Observables that records of a store name, from all over it, in no order. */
export async function knownObservables(store: Store, count: number): Promise<readonly Observable[]> {
  const found: Observable[] = []
  const step = Math.max(1, store.counts.sequence / (count * 1.2))
  for (let at = 0; at < store.counts.sequence && found.length < count; at += step) {
    const [record] = await store.queryRecords({ afterSequence: Math.floor(at), limit: 1, plainOnly: true })
    const observable = record?.observables[0]
    if (observable !== undefined) found.push(observable)
  }
  return shuffled(found)
}

/** Observables like those of a corpus of this seed that are not in it. */
export function unknownObservables(seed: string, count: number): readonly Observable[] {
  const found: Observable[] = []
  for (const { text } of variedObjects('indicators', `${seed} unknown`)) {
    if (found.length >= count) break
    const object = parseJson(new TextEncoder().encode(text))
    const observable = isJsonObject(object) ? observablesOf(object as StixObject).observables[0] : undefined
    if (observable !== undefined) found.push(observable)
  }
  return shuffled(found)
}

/**
 * Writes values of which no record of a corpus says anything to a file, once, and gives its path. Whose memory is measured reads
 * the file: making them takes more memory than a store does.
 */
export async function unknownValuesFile(
  { seed, cache }: Pick<Ground, 'seed' | 'cache'>,
  count: number,
): Promise<string> {
  const path = join(cache, `unknown-${seed}-${count}.json`)
  if (existsSync(path)) return path
  const values = unknownObservables(seed, count).map(({ value }) => value)
  await writeFile(`${path}.${process.pid}`, JSON.stringify(values))
  await rename(`${path}.${process.pid}`, path)
  return path
}

/** In an order that has nothing to do with the one given, and is the same every time. */
export function shuffled<T>(items: readonly T[]): readonly T[] {
  const mixed = [...items]
  let state = 1
  for (let i = mixed.length - 1; i > 0; i--) {
    // Numerical Recipes' linear congruential generator: good enough to leave the order of a disk.
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    const j = state % (i + 1)
    const item = mixed[i] as T
    mixed[i] = mixed[j] as T
    mixed[j] = item
  }
  return mixed
}
