import { Level } from 'level'
import { openRow } from '../sealed-row.ts'
import type { BytesLevel } from '../table-reads.ts'

/** The rows of a damaged LevelDB that are as they were written. What is not is counted and passed over: nothing here throws for it. */
export interface DamagedLevel extends AsyncDisposable {
  /** What `read` makes of the rows from one key on and before another; rows that it throws for are taken for damaged. */
  rows<T>(
    table: string,
    range: { readonly from: Uint8Array; readonly until: Uint8Array },
    read: (name: Uint8Array, value: Uint8Array) => T,
  ): AsyncGenerator<T>
  /** What `read` makes of one row; `undefined` where there is none, or it is damaged. */
  get<T>(table: string, name: Uint8Array, read: (value: Uint8Array) => T): Promise<T | undefined>
  /** Rows of each table that could not be read. */
  readonly unreadable: ReadonlyMap<string, number>
  /** Whether LevelDB itself could not go through all of its files. */
  readonly brokeOff: boolean
}

/**
 * Opens LevelDB's folder; with `repair`, once LevelDB has put together again what tables and logs it finds. **LevelDB may end the
 * whole process over files that contradict themselves**: this is done in a process of its own.
 *
 * @throws Error of LevelDB where it opens nothing
 */
export async function openDamagedLevel(path: string, repair: boolean): Promise<DamagedLevel> {
  if (repair) await Repairing.repair(path)
  const level = await openLevel(path)
  let brokeOff = false
  const unreadable = new Map<string, number>()
  const miss = (table: string): void => void unreadable.set(table, (unreadable.get(table) ?? 0) + 1)

  return {
    unreadable,
    get brokeOff() {
      return brokeOff
    },
    /** LevelDB gives up a scan at a block that it cannot read: what follows the next key that it finds is read all the same. */
    async *rows(table, { from, until }, read) {
      let range: { readonly gte: Uint8Array } | { readonly gt: Uint8Array } = { gte: from }
      for (let tries = 0; tries < MAX_TRIES; tries++) {
        try {
          for await (const [name, sealed] of level.iterator({ ...range, lt: until })) {
            range = { gt: name }
            let found: ReturnType<typeof read>
            try {
              found = read(name, openRow(name, sealed))
            } catch {
              miss(table)
              continue
            }
            yield found
          }
          return
        } catch {
          brokeOff = true
          miss(table)
        }
      }
    },
    async get(table, name, read) {
      try {
        const sealed = await level.get(name)
        return sealed === undefined ? undefined : read(openRow(name, sealed))
      } catch {
        miss(table)
        return undefined
      }
    },
    [Symbol.asyncDispose]: () => level.close(),
  }
}

/** Blocks of one table that are skipped. */
const MAX_TRIES = 1_000

async function openLevel(path: string): Promise<BytesLevel> {
  const level = new Level<Uint8Array, Uint8Array>(path, {
    keyEncoding: 'view',
    valueEncoding: 'view',
    createIfMissing: false,
    errorIfExists: false,
  })
  await level.open()
  return level
}

/** What `level` is on Node, which its types leave out. */
const Repairing = Level as unknown as { repair(location: string): Promise<void> }
