import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { loadedStore } from '../loaded-store.ts'
import type { Bench } from '../row.ts'

/** What an indicator takes on disk with all that belongs to it, as LevelDB left it. */
export const p13: Bench = {
  name: 'P13',
  rows: [
    {
      id: 'P13',
      part: '',
      what: 'disk per indicator, everything on',
      yardstick: 'its JSON',
      unit: 'bytes',
      target: 1.3,
      better: 'lower',
    },
  ],
  sizes: { default: 1_000_000, quick: 200 },
  budgetMinutes: 15,
  async open(ground) {
    const { path, corpus } = await loadedStore(ground)
    return {
      async run() {
        return {
          '': { ours: (await bytesBelow(path)) / ground.size, yardstick: corpus.jsonBytes / ground.size },
        }
      },
      async [Symbol.asyncDispose]() {},
    }
  },
}

async function bytesBelow(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile())
  const sizes = await Promise.all(files.map(({ parentPath, name }) => stat(join(parentPath, name))))
  return sizes.reduce((sum, { size }) => sum + size, 0)
}
