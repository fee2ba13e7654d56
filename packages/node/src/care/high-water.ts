import { readFile } from 'node:fs/promises'
import { writePrivateFile } from '../home/index.ts'
import type { Store } from '../store/index.ts'

type Marked = Pick<Store, 'id' | 'counts' | 'commit'>

/**
 * Notes beside the store how far its order of arrival has come, once all up to there is on disk. LevelDB opens a log that breaks off
 * as if nothing more had been written; this tells.
 */
export async function noteHighWater(path: string, store: Marked): Promise<void> {
  const { sequence } = store.counts
  await store.commit({}, { sync: true })
  await writePrivateFile(path, new TextEncoder().encode(`${store.id} ${sequence}\n`))
}

/** How many arrivals the store has forgotten that it had on disk; 0 where there is no note, or one of another store. */
export async function forgottenArrivals(
  path: string,
  { id, counts }: Omit<Marked, 'commit'>,
): Promise<number> {
  const text = await readFile(path, 'utf8').catch(() => '')
  const [, store, sequence] = /^([0-9a-f]{32}) (\d{1,15})\n$/.exec(text) ?? []
  return store === id ? Math.max(0, Number(sequence) - counts.sequence) : 0
}
