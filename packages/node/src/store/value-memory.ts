import { rm } from 'node:fs/promises'
import type { Database } from './database.ts'
import { labelsIn, onlyIn } from './postings.ts'
import { createSidecar, loadSidecar, type Sidecar, type SidecarRow } from './sidecar/index.ts'

/** The part of the index of values that is in memory, from the opening of a store to its end. */
export interface ValueMemory {
  readonly sidecar: Sidecar
  /** Keeps it for the next opening, as what stands for a commit. */
  close(commit: number): Promise<void>
}

/** What a memory of values is made of. */
export interface ValueMemoryOptions {
  readonly database: Pick<Database, 'snapshot'>
  readonly mask: Uint8Array
  /** Number of the last commit. */
  readonly commit: number
  /** A file, where it is kept between openings. */
  readonly path: string | undefined
}

/** Takes what the last closing kept, or reads the index beside other work; until that is done, it may have every value. */
export async function openValueMemory({
  database,
  mask,
  commit,
  path,
}: ValueMemoryOptions): Promise<ValueMemory> {
  const kept =
    path === undefined ? undefined : await loadSidecar(path, { mask, commit }).catch(() => undefined)
  // A file that a crash leaves behind would tell of values that were erased since.
  if (path !== undefined) await rm(path, { force: true }).catch(() => undefined)
  const sidecar = kept ?? createSidecar(mask)
  const closing = new AbortController()
  const filled =
    kept === undefined
      ? sidecar.fill(rowsOf(database.snapshot(), closing.signal)).then(
          () => true,
          () => false,
        )
      : Promise.resolve(true)

  return {
    sidecar,
    async close(last) {
      closing.abort()
      const isWhole = await filled
      if (path !== undefined && isWhole) await sidecar.save(path, last).catch(() => undefined)
    },
  }
}

async function* rowsOf(
  snapshot: ReturnType<Database['snapshot']>,
  signal: AbortSignal,
): AsyncIterable<SidecarRow> {
  await using reads = snapshot
  for await (const [key, row] of reads.entries('values', {})) {
    signal.throwIfAborted()
    yield [key, labelsIn(row), onlyIn(row)]
  }
}
