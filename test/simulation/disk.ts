import type { StoreIdentity } from '../../packages/node/src/store/identity-file.ts'
import { TABLES } from '../../packages/node/src/store/tables.ts'
import type { BytesLevel } from '../../packages/node/src/store/table-reads.ts'
import type { Chance } from './chance.ts'
import { type Batch, createMemoryLevel } from './memory-level.ts'
import type { Rows } from './rows.ts'
import type { Owner, Timeline } from './timeline.ts'

/** What a disk does wrong, as it is set at the moment. */
export interface DiskFaults {
  /** Writes are refused for want of room. */
  isFull: boolean
  /** When the file system says so: beforehand, once a write has failed for it, or never, as with a quota. */
  tellsFull: 'before' | 'after' | 'never'
  /** The share of reads that fail. */
  failingReads: number
  /** The share of writes that fail; what becomes of one that failed, the disk alone knows. */
  failingWrites: number
  /** The share of reads that take up to `slowMs`; they give what stood when they were asked, which may be stale by then. */
  slowReads: number
  slowMs: number
  /** The share of rows written over, or deleted, that are read as they were before until files are merged, as LevelDB 1.20 may. */
  earlierRows: number
}

/** What stands on a disk. */
export interface DiskImage {
  readonly rows: Rows
  readonly identity: StoreIdentity
}

/** A disk in memory with the rows of one store. Writes without `sync` are lost when its process dies, from some point on. */
export interface Disk {
  readonly faults: DiskFaults
  /** What noteOpening was last told. */
  identity: StoreIdentity
  readonly rows: Rows
  /** What the file system says is free. */
  readonly freeBytes: number
  /** Reads and writes that have not ended. */
  readonly pending: number
  /** Snapshots that nobody has closed. */
  readonly snapshots: number
  /** Whether more stands on it than its process has been told of: part of what failed, until the next write. */
  readonly isAhead: boolean
  /** Changes with every write. */
  readonly version: number
  /** Gives the rows to a process; what another had opened comes to nothing from here on. */
  open(owner: Owner): BytesLevel
  /** The process dies. */
  kill(): void
  image(): DiskImage
}

/** A row before it was overwritten. */
interface Undo {
  readonly name: string
  readonly value: Uint8Array | undefined
}

/** What names of rows begin with: those before all others are never at the seam of two files. */
const STATE = String.fromCodePoint(TABLES.state + 1)
const TREE = String.fromCodePoint(TABLES.tree)
/** The longest a write or a flush takes on a disk that is well, in ms. */
const WRITE_MS = 4

export function createDisk(image: DiskImage, timeline: Timeline, chance: Chance): Disk {
  const rows = image.rows.copy()
  let identity = image.identity
  /** Batches that are not on disk yet, oldest first. */
  let unsynced: Undo[][] = []
  /** Batches that are on their way, oldest first. */
  let writing: Batch[] = []
  let wroteAt = 0
  /** Batches that failed: what of them is in the log is read when it is opened again. */
  let torn: Batch[] = []
  let pending = 0
  let snapshots = 0
  let version = 0
  let isAhead = false
  let generation = 0
  /** Whether a write failed since the rows were opened: LevelDB takes nothing then until it is opened anew. */
  let isBroken = false
  const faults: DiskFaults = {
    isFull: false,
    tellsFull: 'before',
    failingReads: 0,
    failingWrites: 0,
    slowReads: 0,
    slowMs: 0,
    earlierRows: 0,
  }
  /** Rows of which an earlier version is read. */
  const earlier = new Map<string, Uint8Array>()

  function apply(batch: Batch, sync: boolean): void {
    const undo = batch.map(([name]) => ({ name, value: rows.get(name) }))
    if (faults.earlierRows > 0)
      for (const { name, value } of undo)
        if (value !== undefined && name > STATE && chance.isTrue(faults.earlierRows)) earlier.set(name, value)
    for (const [name, value] of batch) rows.set(name, value)
    version++
    if (sync) unsynced = []
    else unsynced.push(undo)
  }

  /** Of a batch that failed, all or nothing is in the log. */
  function readTorn(): void {
    for (const batch of torn) {
      if (!chance.isTrue(0.5)) continue
      apply(batch, false)
      isAhead = true
    }
    torn = []
  }

  /** What stands in the log when it is opened is written to a table, and is on disk from then on. */
  function recover(): void {
    readTorn()
    // Nobody remembers the rows any more but those of trees, which say what is below them.
    for (const name of earlier.keys()) if (!name.startsWith(TREE)) earlier.delete(name)
    unsynced = []
    isBroken = false
  }

  /** What was written last goes first, as from the end of a log; what was on its way may have come to be there. */
  function loseUnsynced(): void {
    for (const batch of writing) apply(batch, false)
    writing = []
    readTorn()
    const kept = chance.below(unsynced.length + 1)
    for (const undo of unsynced.slice(kept).reverse())
      for (const { name, value } of undo.toReversed()) rows.set(name, value)
    unsynced = []
    version++
  }

  function open(owner: Owner): BytesLevel {
    // What a dead process still runs of gets no answers, and takes nothing from the one that runs now.
    const own = owner.isDead ? -1 : ++generation
    if (!owner.isDead) recover()

    /** Ends now or later with what `work` gives; never for a process that is dead. */
    function answer<T>(ms: number, work: () => T): Promise<T> {
      if (owner.isDead) return new Promise(() => undefined)
      if (own !== generation) return Promise.reject(closed())
      if (ms === 0) return new Promise((resolve) => resolve(work()))
      pending++
      return new Promise((resolve, reject) => {
        const finish = (): void => {
          if (own !== generation) return reject(closed())
          pending--
          try {
            resolve(work())
          } catch (error) {
            reject(error)
          }
        }
        timeline.after(ms, finish, owner)
      })
    }

    return createMemoryLevel({
      rows,
      rowOf: (name) => earlier.get(name) ?? rows.get(name),
      read(look) {
        if (chance.isTrue(faults.failingReads)) return answer(0, () => fail('Input/output error'))
        const value = look()
        return answer(chance.isTrue(faults.slowReads) ? chance.between(0, faults.slowMs) : 0, () => value)
      },
      write(batch, { sync }) {
        if (isBroken) return answer(0, () => fail('Input/output error'))
        if (faults.isFull || chance.isTrue(faults.failingWrites)) {
          isBroken = true
          // One that came after others that are lost with it could not be there alone.
          if (writing.length === 0) torn.push(batch)
          return answer(0, () => fail(faults.isFull ? 'No space left on device' : 'Input/output error'))
        }
        writing.push(batch)
        wroteAt = Math.max(wroteAt, timeline.now + chance.between(0, WRITE_MS))
        return answer(wroteAt - timeline.now, () => {
          writing.shift()
          apply(batch, sync)
          isAhead = false
        })
      },
      compact: (from, to) =>
        answer(chance.between(0, WRITE_MS), () => {
          for (const name of earlier.keys()) if (from <= name && name <= to) earlier.delete(name)
        }),
      hold() {
        snapshots++
        let isHeld = true
        return () => {
          if (isHeld && own === generation) snapshots--
          isHeld = false
        }
      },
      close() {
        if (own !== generation) return
        generation++
        pending = 0
        snapshots = 0
        writing = []
      },
    })
  }

  return {
    faults,
    rows,
    get identity() {
      return identity
    },
    set identity(next) {
      identity = next
    },
    get freeBytes() {
      const { isFull, tellsFull } = faults
      return isFull && (tellsFull === 'before' || (tellsFull === 'after' && isBroken)) ? 0 : Infinity
    },
    get pending() {
      return pending
    },
    get snapshots() {
      return snapshots
    },
    get isAhead() {
      return isAhead
    },
    get version() {
      return version
    },
    open,
    kill() {
      generation++
      pending = 0
      snapshots = 0
      loseUnsynced()
    },
    image: () => ({ rows: rows.copy(), identity }),
  }
}

function closed(): Error {
  return Object.assign(new Error('Database is not open'), { code: 'LEVEL_DATABASE_NOT_OPEN' })
}

/** As LevelDB tells of a system call that failed. */
function fail(reason: string): never {
  throw Object.assign(new Error(`IO error: 000003.log: ${reason}`), { code: 'LEVEL_IO_ERROR' })
}
