import type { BytesLevel } from '../../packages/node/src/store/table-reads.ts'
import { keyOf, nameOf, type Rows } from './rows.ts'

/** What a level does with the disk below it. */
export interface LevelIo {
  readonly rows: Rows
  /** What a row is read as, unless in a snapshot or a range. */
  readonly rowOf: (name: string) => Uint8Array | undefined
  /** Gives what `look` gives now, now or later. */
  readonly read: <T>(look: () => T) => Promise<T>
  readonly write: (batch: Batch, options: { readonly sync: boolean }) => Promise<void>
  /** Merges the files of rows by their names, both ends included. */
  readonly compact: (from: string, to: string) => Promise<void>
  /** Says that somebody looks at the rows as they stand now, until the function that it gives is called. */
  readonly hold: () => () => void
  readonly close: () => void
}

/** Rows to write; `undefined` deletes. */
export type Batch = readonly (readonly [name: string, value: Uint8Array | undefined])[]

interface Options {
  readonly snapshot?: { readonly rows: Rows }
}

interface RangeOptions extends Options {
  readonly gte?: Uint8Array
  readonly lt?: Uint8Array
  readonly reverse?: boolean
  readonly limit?: number
}

/** As much of `level` as `database.ts` asks for. */
export function createMemoryLevel({ rows, rowOf, read, write, compact, hold, close }: LevelIo): BytesLevel {
  const standing = ({ snapshot }: Options = {}): Rows => snapshot?.rows ?? rows

  function rowIn(key: Uint8Array, { snapshot }: Options = {}): Uint8Array | undefined {
    const name = nameOf(key)
    return snapshot === undefined ? rowOf(name) : snapshot.rows.get(name)
  }

  function iterate<T>(range: RangeOptions, entryOf: (name: string, at: Rows) => T) {
    const { gte, lt, ...rest } = range
    const at = standing(range)
    const bounds = { ...(gte && { gte: nameOf(gte) }), ...(lt && { lt: nameOf(lt) }) }
    // As they stand now: an iterator sees nothing of what is written later.
    const entries = at.names({ ...rest, ...bounds }).map((name) => entryOf(name, at))
    let next = 0
    return {
      nextv: (count: number) => read(() => entries.slice(next, (next += count))),
      close: async () => undefined,
      [Symbol.asyncDispose]: async () => undefined,
    }
  }

  function chain() {
    const batch: [string, Uint8Array | undefined][] = []
    return {
      // A copy, as LevelDB makes one: the store writes its next batch into the same buffers.
      put: (key: Uint8Array, value: Uint8Array) => void batch.push([nameOf(key), new Uint8Array(value)]),
      del: (key: Uint8Array) => void batch.push([nameOf(key), undefined]),
      write: ({ sync = false }: { readonly sync?: boolean } = {}) => write(batch, { sync }),
    }
  }

  const level = {
    get: (key: Uint8Array, options?: Options) => read(() => rowIn(key, options)),
    getMany: (keys: readonly Uint8Array[], options?: Options) =>
      read(() => keys.map((key) => rowIn(key, options))),
    hasMany: (keys: readonly Uint8Array[], options?: Options) =>
      read(() => keys.map((key) => rowIn(key, options) !== undefined)),
    iterator: (range: RangeOptions) => iterate(range, (name, at) => [keyOf(name), at.get(name)]),
    keys: (range: RangeOptions) => iterate(range, keyOf),
    batch: chain,
    clear({ gte, lt }: RangeOptions) {
      const bounds = { ...(gte && { gte: nameOf(gte) }), ...(lt && { lt: nameOf(lt) }) }
      return write(
        rows.names(bounds).map((name) => [name, undefined]),
        { sync: false },
      )
    },
    snapshot() {
      const leave = hold()
      return { rows: rows.copy(), close: async () => leave() }
    },
    compactRange: (from: Uint8Array, to: Uint8Array) => compact(nameOf(from), nameOf(to)),
    close: async () => close(),
  }
  return level as unknown as BytesLevel
}
