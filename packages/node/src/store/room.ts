import { statfs } from 'node:fs/promises'
import { StoreError, storeErrorOf } from './errors.ts'

/** Free bytes of the file system that holds `path`, for those who are not root. */
export async function freeBytesAt(path: string): Promise<number> {
  try {
    const { bavail, bsize } = await statfs(path)
    return bavail * bsize
  } catch (error) {
    throw storeErrorOf(error)
  }
}

/**
 * Sees to it that a write of about `bytes` has room: one that fails leaves LevelDB unable to go on.
 *
 * @returns how many bytes are left beside it
 * @throws StoreError STORE_FULL
 */
export async function assertRoom(freeBytes: () => Promise<number>, bytes: number): Promise<number> {
  const needed = bytes * ROOM_FACTOR + SPARE_BYTES
  const free = await freeBytes()
  if (free < needed) {
    throw new StoreError('STORE_FULL', `expected ${needed} bytes of free disk, got ${free}: free some space`)
  }
  return free - needed
}

/**
 * {@link assertRoom} for writes that follow on each other: after one look, some small ones are taken to have room without another.
 * A disk that others fill meanwhile fails the write instead.
 */
export function createRoomCheck(freeBytes: () => Promise<number>): (bytes: number) => Promise<void> {
  let writes = 0
  let left = 0
  return async (bytes) => {
    writes -= 1
    left -= bytes * ROOM_FACTOR
    if (writes > 0 && left > 0) return
    writes = 0
    left = Math.min((await assertRoom(freeBytes, bytes)) / 2, BYTES_A_LOOK)
    writes = WRITES_A_LOOK
  }
}

/** A batch is written to the log, then to a table, and again when tables are merged. */
const ROOM_FACTOR = 4
/** What LevelDB needs to open: it writes its log, up to 4 MiB, out as a table. */
const SPARE_BYTES: number = 8 * 1024 * 1024
const WRITES_A_LOOK = 64
const BYTES_A_LOOK: number = 16 * 1024 * 1024
