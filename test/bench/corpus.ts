import { existsSync } from 'node:fs'
import { mkdir, open, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Cast, makeCast, NOW, SPAN_DAYS } from './corpus/cast.ts'
import { readFrames, writeFrame } from './corpus/frames.ts'
import { signed } from './corpus/sign.ts'
import { type CorpusKind, type VariedObject, variedObjects } from './corpus/templates.ts'
import { fingerprintOf } from './fingerprint.ts'
import type { Ground } from './row.ts'

/** Records of several members of one cluster, made of the real STIX of the project's data and signed by real code. */
export interface Corpus extends Cast {
  readonly kind: CorpusKind
  readonly size: number
  /** ms since the Unix epoch: under this clock all of it is valid. */
  readonly now: number
  /** Canonical JSON of all objects, in bytes. */
  readonly jsonBytes: number
  /** All batches in the order in which they were signed, for one pass. Memory is bounded by one batch. */
  batches(): AsyncIterable<Uint8Array>
}

/** Which records to make. */
export interface CorpusOptions {
  /** @default 'mixed' */
  readonly kind?: CorpusKind
  /** How many records. */
  readonly size: number
  /** Records under one signature. @default 1,000 */
  readonly batchRecords?: number
  /** Other objects of the same members, in chains of their own. @default '' */
  readonly salt?: string
  /** Hours before now over which they are spread, 720 at most. @default 720 */
  readonly hours?: number
}

/**
 * Gives a corpus: for one seed and size always the same bytes. It is made once and kept in the cache, since signing a million
 * records takes a minute.
 */
export async function openCorpus(
  ground: Pick<Ground, 'seed' | 'cache' | 'progress'>,
  { kind = 'mixed', size, batchRecords = 1000, salt = '', hours = SPAN_DAYS * 24 }: CorpusOptions,
): Promise<Corpus> {
  const { seed, cache } = ground
  const cast = await makeCast(seed)
  const name = `corpus-${fingerprintOf(MADE_BY)}-${seed}-${kind}-${size}-${batchRecords}-${hours}${salt}`
  const path = join(cache, name)
  if (!existsSync(path)) await makeCorpus(ground, path, { cast, kind, size, batchRecords, salt, hours })
  const jsonBytes = Number(await readFile(`${path}.json`, 'utf8'))
  return { ...cast, kind, size, now: NOW, jsonBytes, batches: () => readFrames(path) }
}

const MADE_BY: readonly string[] = ['test/bench/corpus', 'packages/protocol/src', 'packages/stix/src']

/** The file appears whole or not at all: another bench may look for it meanwhile. */
async function makeCorpus(
  { seed, cache, progress }: Pick<Ground, 'seed' | 'cache' | 'progress'>,
  path: string,
  { cast, kind, size, batchRecords, salt, hours }: Required<CorpusOptions> & { readonly cast: Cast },
): Promise<void> {
  await mkdir(cache, { recursive: true })
  const unfinished = `${path}.${process.pid}`
  const { objects, jsonBytes } = counted(variedObjects(kind, seed + salt))
  let made = 0
  {
    await using file = await open(unfinished, 'w')
    for await (const batch of signed(objects, cast, { size, batchRecords, salt, hours })) {
      await writeFrame(file, batch)
      made += 1
      if (made % REPORTED === 0) progress(`${made} batches of ${size} records are signed`)
    }
  }
  await writeFile(`${path}.json`, String(jsonBytes()))
  await rename(unfinished, path)
}

const REPORTED = 100

function counted(source: Iterator<VariedObject>) {
  let bytes = 0
  function* objects(): Generator<VariedObject, void> {
    for (;;) {
      const object = source.next().value as VariedObject
      bytes += Buffer.byteLength(object.text)
      yield object
    }
  }
  return { objects: objects(), jsonBytes: (): number => bytes }
}
