import { statfsSync } from 'node:fs'
import { WRITE_BUFFER_BYTES } from './database.ts'
import { StoreError, storeErrorOf } from './errors.ts'

/** Says how many bytes are free. */
export type FreeBytes = () => Promise<number> | number

/**
 * Free bytes of the file system that holds `path`, for those who are not root. The kernel has the answer in memory: to ask it
 * by way of another thread would cost a small commit more than the question.
 *
 * @throws StoreError STORE_IO
 */
export function freeBytesAt(path: string): number {
  try {
    const { bavail, bsize } = statfsSync(path)
    return bavail * bsize
  } catch (error) {
    throw storeErrorOf(error)
  }
}

/**
 * Sees to it that a write of about `bytes` has room: one that fails leaves LevelDB unable to go on.
 *
 * @throws StoreError STORE_FULL
 */
export async function assertRoom(freeBytes: FreeBytes, bytes: number): Promise<void> {
  const needed = bytes * ROOM_FACTOR + SPARE_BYTES
  const free = await freeBytes()
  if (free < needed) {
    throw new StoreError('STORE_FULL', `expected ${needed} bytes of free disk, got ${free}: free some space`)
  }
}

/** A batch is written to the log, then to a table, and again when tables are merged. */
const ROOM_FACTOR = 4
/** What LevelDB needs to open: it writes its log out as a table. */
const SPARE_BYTES: number = WRITE_BUFFER_BYTES
