import { existsSync } from 'node:fs'
import { readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { cloneLevel } from '../level-clone.ts'
import { loadedStore } from '../loaded-store.ts'
import type { Bench, Ground, Pair, Row } from '../row.ts'
import { merge, openRaw } from '../yardsticks/raw-level.ts'

const ROW = {
  id: 'P13',
  part: '',
  what: 'disk per indicator, everything on',
  yardstick: 'its JSON',
  unit: 'bytes',
  target: 1.3,
  better: 'lower',
} as const satisfies Row

/** What an indicator takes on disk with all that belongs to it, as LevelDB left it; and how quickly it came there. */
export const p13: Bench = {
  name: 'P13',
  rows: [
    ROW,
    { ...ROW, part: 'merged', what: 'the same once LevelDB has merged all of its tables', target: null },
    {
      id: 'P13',
      part: 'loading',
      what: 'bulk ingest of these indicators, everything on',
      yardstick: 'raw node:crypto Ed25519 verify, one thread',
      unit: 'records/s',
      target: null,
      better: 'higher',
    },
  ],
  // Nothing of it is measured: it is counted, or was measured when the store was loaded.
  runs: 1,
  sizes: { default: 1_000_000, quick: 200 },
  budgetMinutes: 15,
  async open(ground) {
    const { path, corpus, load } = await loadedStore(ground)
    const perRecord = (bytes: number): Pair => ({
      ours: bytes / ground.size,
      yardstick: corpus.jsonBytes / ground.size,
    })
    return {
      async run() {
        const asLeft = await bytesBelow(path)
        return {
          '': perRecord(asLeft),
          merged: perRecord(
            asLeft - (await bytesBelow(join(path, 'level'))) + (await mergedBytes(path, ground)),
          ),
          loading: { ours: load.rate, yardstick: load.verifyRate },
        }
      },
      async [Symbol.asyncDispose]() {},
    }
  },
}

/** Of LevelDB's files, once no key stands in two of them. It is counted once for a store, since that takes minutes. */
async function mergedBytes(from: string, { folder, progress }: Ground): Promise<number> {
  const known = `${from}.merged.json`
  if (existsSync(known))
    return (JSON.parse(await readFile(known, 'utf8')) as { readonly bytes: number }).bytes
  progress('merging')
  const to = join(folder, 'merged')
  await cloneLevel(join(from, 'level'), to)
  const level = await openRaw(to)
  await merge(level)
  await level.close()
  const bytes = await bytesBelow(to)
  await writeFile(known, JSON.stringify({ bytes }))
  return bytes
}

async function bytesBelow(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile())
  const sizes = await Promise.all(files.map(({ parentPath, name }) => stat(join(parentPath, name))))
  return sizes.reduce((sum, { size }) => sum + size, 0)
}
