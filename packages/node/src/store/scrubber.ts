import type { Database, Operation, RowRange } from './database.ts'
import { StoreError } from './errors.ts'
import { forgetScrubs, readScrubs } from './scrub-rows.ts'

/** Sees to it that what was erased leaves LevelDB's files, in the background and one pass at a time. */
export interface Scrubber {
  /** Begins, if there is anything to do. What fails stays noted, and is tried again by the next call, or when the store is opened. */
  wake(): void
  /** Resolves once all that is noted now is done. @throws StoreError STORE_FULL, STORE_IO, STORE_CLOSED */
  done(): Promise<void>
  /** Breaks off after the range that is being rewritten; the rest stays noted. */
  close(): Promise<void>
}

/** What a scrubber works on. */
export interface ScrubberComponents {
  readonly database: Pick<Database, 'entries' | 'write' | 'compact' | 'readersGone'>
  /** Throws STORE_FULL where the disk has no room for rewriting some files. */
  readonly assertRoom: () => Promise<void>
}

/** A scrubber at rest. */
export function createScrubber({ database, assertRoom }: ScrubberComponents): Scrubber {
  const closing = Promise.withResolvers<void>()
  let isClosed = false
  let isWanted = false
  let working: Promise<void> | undefined

  async function work(): Promise<void> {
    try {
      while (isWanted) {
        isWanted = false
        await scrubAll()
      }
    } finally {
      working = undefined
    }
  }

  /** LevelDB keeps what readers may ask for: those from before the deletion first, then those of the files that were rewritten. */
  async function scrubAll(): Promise<void> {
    const { last, ranges } = await readScrubs(database)
    if (last === undefined) return
    await readersGone()
    await database.compact()
    const widened = ranges.map(widen)
    await database.write(widened.flatMap(edgesOf), { sync: false })
    for (const range of widened) {
      assertOpen()
      await assertRoom()
      await database.compact(range)
    }
    await readersGone()
    await database.compact()
    await forgetScrubs(database, last)
  }

  async function readersGone(): Promise<void> {
    await Promise.race([database.readersGone(), closing.promise])
    assertOpen()
  }

  function assertOpen(): void {
    if (isClosed) throw new StoreError('STORE_CLOSED', 'the store was closed')
  }

  function begin(): Promise<void> {
    if (isClosed) return Promise.reject(new StoreError('STORE_CLOSED', 'the store was closed'))
    isWanted = true
    return (working ??= work())
  }

  return {
    wake() {
      begin().catch(() => undefined)
    },
    done: begin,
    async close() {
      isClosed = true
      closing.resolve()
      await working?.catch(() => undefined)
    },
  }
}

/** A range with some room on either side, in which there never are rows. */
function widen({ table, from, to }: RowRange): RowRange {
  return { table, from: `${from.slice(0, -1)}\0`, to: `${to}\0` }
}

/**
 * Deletions of rows that never were, at both ends. LevelDB rewrites the deepest file that holds a key only when a file above it
 * overlaps: a row that was written and deleted before either left memory would stay, with its deletion, in one file.
 */
function edgesOf({ table, from, to }: RowRange): readonly Operation[] {
  return [from, to].map((key) => ({ table, key, value: undefined }))
}
