import type { Database, Operation, RowRange } from './database.ts'
import { StoreError } from './errors.ts'
import { rowKey } from './sealed-row.ts'
import { forgetScrubs, readScrubs } from './scrub-rows.ts'

/** Sees to it that what was erased leaves LevelDB's files, in the background and one pass at a time. */
export interface Scrubber {
  /**
   * Begins, if there is anything to do; after a pass only when it has rested. What fails stays noted, and is tried again by the next
   * call, or when the store is opened.
   */
  wake(): void
  /** Resolves once all that is noted now is done, which is begun at once. @throws StoreError STORE_FULL, STORE_IO, STORE_CLOSED */
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
  /** Somebody waits for a pass that begins from here on. */
  let isAwaited = false
  /** Something was noted that a pass under way may not have seen. */
  let isNoted = false
  let working: Promise<void> | undefined
  let resting: NodeJS.Timeout | undefined

  async function work(): Promise<void> {
    let tookMs = 0
    try {
      do {
        isAwaited = false
        isNoted = false
        tookMs += await scrubAll()
      } while (isAwaited)
    } finally {
      working = undefined
      if (!isClosed) rest(tookMs * REST_FACTOR)
    }
  }

  function rest(ms: number): void {
    resting = setTimeout(() => {
      resting = undefined
      if (isNoted) wake()
    }, ms).unref()
  }

  function wake(): void {
    if (working !== undefined || resting !== undefined) isNoted = true
    else begin().catch(() => undefined)
  }

  /**
   * Gives the ms in which files were rewritten. LevelDB keeps what readers may ask for: those from before the deletion, and then
   * those of the files as they were.
   */
  async function scrubAll(): Promise<number> {
    const { last, ranges } = await readScrubs(database)
    if (last === undefined) return 0
    await readersGone()
    const startedAt = performance.now()
    await database.compact()
    await database.write(ranges.flatMap(edgesOf), { sync: false })
    for (const range of ranges) {
      assertOpen()
      await assertRoom()
      await database.compact({ from: rowKey(range.table, range.from), to: rowKey(range.table, range.to) })
    }
    const tookMs = performance.now() - startedAt
    await readersGone()
    await database.compact()
    await forgetScrubs(database, last)
    return tookMs
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
    clearTimeout(resting)
    resting = undefined
    return (working ??= work())
  }

  return {
    wake,
    done() {
      isAwaited = true
      return begin()
    },
    async close() {
      isClosed = true
      clearTimeout(resting)
      closing.resolve()
      await working?.catch(() => undefined)
    },
  }
}

/** At most a tenth of the time goes into it: whoever has a certificate can have records erased as often as it likes. */
const REST_FACTOR = 9

/**
 * Deletions of rows that never were, at both ends. LevelDB rewrites the deepest file that holds a key only when a file above it
 * overlaps: a row that was written and deleted before either left memory would stay, with its deletion, in one file.
 */
function edgesOf({ table, from, to }: RowRange): readonly Operation[] {
  return [from, to].map((key) => ({ table, key, value: undefined }))
}
