import { fork } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { SERVICE_ENVIRONMENT } from '../../packages/cli/src/service/service-environment.ts'
import { type Corpus, openCorpus } from './corpus.ts'
import { fingerprintOf } from './fingerprint.ts'
import type { Load, Loading } from './load-store.ts'
import type { Ground } from './row.ts'
import { unknownValuesFile } from './sample-values.ts'

/** A store that holds the indicators of a corpus, admitted with everything on. */
export interface LoadedStore {
  /** Folder of the store, closed. Whoever writes to it clones it first. */
  readonly path: string
  readonly corpus: Corpus
  /** What loading it was like. */
  readonly load: Load
}

/**
 * Gives the store of a seed and size. Loading a million records takes minutes: it is done once for all benches, in a process of
 * its own. Its memory is measured on the way where that is asked for, and for the largest in any case, since one bench will ask.
 */
export async function loadedStore(
  ground: Ground,
  { isStrained = ground.size >= LARGEST }: { readonly isStrained?: boolean } = {},
): Promise<LoadedStore> {
  const { seed, size, cache, progress, signal } = ground
  const corpus = await openCorpus(ground, { size, kind: 'indicators' })
  const path = join(cache, `store-${fingerprintOf(MADE_BY)}-${seed}-${size}`)
  const known = await loadOf(path)
  if (known === undefined || (isStrained && !known.isStrained)) {
    await rm(path, { recursive: true, force: true })
    const unknown = await unknownValuesFile(ground, Math.min(LOOKUPS, size) / 2)
    await load({ seed, size, cache, path, unknown, isStrained }, { signal, progress })
  }
  return { path, corpus, load: (await loadOf(path)) as Load }
}

async function loadOf(path: string): Promise<Load | undefined> {
  return existsSync(path) ? (JSON.parse(await readFile(`${path}.json`, 'utf8')) as Load) : undefined
}

/** Of which P14 says what it takes in memory. */
const LARGEST = 1_000_000

/** Half of known values. */
const LOOKUPS = 100_000

const MADE_BY: readonly string[] = [
  'packages/protocol/src',
  'packages/stix/src',
  'packages/node/src',
  'test/bench/corpus',
]

async function load(task: Loading, { signal, progress }: Pick<Ground, 'signal' | 'progress'>): Promise<void> {
  const child = fork(SCRIPT, [JSON.stringify(task)], {
    execArgv: ['--conditions=source', '--expose-gc'],
    // Its memory is measured: it is started as a service is.
    env: { ...process.env, ...SERVICE_ENVIRONMENT },
    signal,
    killSignal: 'SIGKILL',
  })
  child.on('message', (text: string) => progress(text))
  const [code] = (await once(child, 'exit')) as [number | null]
  if (code !== 0) throw new Error(`loading the store ended with ${code}`)
}

const SCRIPT = fileURLToPath(new URL('./load-process.ts', import.meta.url))
