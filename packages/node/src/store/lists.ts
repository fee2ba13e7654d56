import { CELL_REST_BYTES, type Cell, readCellRest, writeCellRest } from './cells.ts'
import type { Database, Operation } from './database.ts'
import { readNumber, writeNumber } from './keys.ts'
import type { ListMemory } from './list-memory.ts'

/** What lists there are: of all records, and of those of one type, organisation, author, hour of expiry. Rows begin with the place in it. */
const LIST_KINDS = ['all', 'type', 'organisation', 'author', 'expiry'] as const

/** Records in their order of arrival that have something in common. */
export interface List {
  readonly kind: (typeof LIST_KINDS)[number]
  /** What the list is of: the number of a name, an hour; 0 of the list of all. */
  readonly number: number
}

/** The list of each of {@link LIST_KINDS} in which a record stands, by its number. */
export type ListNumbers = readonly number[]

/** Lists as a batch is going to leave them. A list is cut by sequence, a row for each 256: where a sequence stands needs no looking for. */
export interface ListDraft {
  /** Reads rows that are going to be changed. */
  load(places: Iterable<readonly [numbers: ListNumbers, sequence: number]>): Promise<void>
  add(numbers: ListNumbers, cell: Cell): void
  /** Gives the keys of the rows in which it was. */
  remove(numbers: ListNumbers, sequence: number): readonly Uint8Array[]
  operations(): readonly Operation[]
  /** Once they are written. */
  adopt(): void
}

/** Lists over what is on disk, of which `memory` knows a part. */
export function createListDraft(database: Pick<Database, 'getMany'>, memory: ListMemory): ListDraft {
  const windows = new Map<string, Window>()
  let last:
    | { readonly numbers: ListNumbers; readonly window: number; readonly windows: readonly Window[] }
    | undefined

  function windowsOf(numbers: ListNumbers, sequence: number): readonly Window[] {
    const window = windowNumber(sequence)
    if (last?.numbers !== numbers || last.window !== window) {
      const found = numbers.map((number, kind) => windowOf(kind, number, sequence))
      last = { numbers, window, windows: found }
    }
    return last.windows
  }

  /** The window of a list, which was loaded or is not on disk. @throws RangeError for another */
  function windowOf(kind: number, number: number, sequence: number): Window {
    const window = windowNumber(sequence)
    const name = nameOf(kind, number, window)
    const held = windows.get(name)
    if (held !== undefined) return held
    const row = memory.find(name, window)
    if (row === undefined) throw new RangeError('row of lists used before it was loaded')
    return open(name, { kind: LIST_KINDS[kind] as List['kind'], number }, window, row)
  }

  function open(name: string, list: List, window: number, row: Uint8Array | undefined): Window {
    const length = row?.length ?? 0
    const opened: Window = {
      key: listKey(list, window),
      window,
      bytes: new Uint8Array(length + FIRST_ENTRIES * ENTRY_BYTES),
      length,
      isChanged: false,
    }
    if (row !== undefined) opened.bytes.set(row)
    windows.set(name, opened)
    return opened
  }

  return {
    async load(places) {
      const missing = new Map<string, { readonly list: List; readonly window: number }>()
      let before: ListNumbers | undefined
      let windowBefore = -1
      for (const [numbers, sequence] of places) {
        const window = windowNumber(sequence)
        if (numbers === before && window === windowBefore) continue
        before = numbers
        windowBefore = window
        for (let kind = 0; kind < numbers.length; kind++) {
          const number = numbers[kind] as number
          const name = nameOf(kind, number, window)
          if (!windows.has(name) && memory.find(name, window) === undefined)
            missing.set(name, { list: { kind: LIST_KINDS[kind] as List['kind'], number }, window })
        }
      }
      const keys = [...missing.values()].map(({ list, window }) => listKey(list, window))
      const rows = await database.getMany('lists', keys)
      let i = 0
      for (const [name, { list, window }] of missing) open(name, list, window, rows[i++])
    },
    add(numbers, cell) {
      for (const window of windowsOf(numbers, cell.sequence)) {
        if (window.length === window.bytes.length) grow(window)
        window.bytes[window.length] = cell.sequence % WINDOW
        writeCellRest(window.bytes, window.length + 1, cell)
        window.length += ENTRY_BYTES
        window.isChanged = true
      }
    },
    remove(numbers, sequence) {
      return numbers.map((number, kind) => {
        const window = windowOf(kind, number, sequence)
        for (let at = 0; at < window.length; at += ENTRY_BYTES) {
          if (window.bytes[at] !== sequence % WINDOW) continue
          window.bytes.copyWithin(at, at + ENTRY_BYTES, window.length)
          window.length -= ENTRY_BYTES
          window.isChanged = true
          break
        }
        return window.key
      })
    },
    operations: () =>
      [...windows.values()].flatMap(({ key, bytes, length, isChanged }) =>
        isChanged
          ? { table: 'lists' as const, key, value: length === 0 ? undefined : bytes.subarray(0, length) }
          : [],
      ),
    adopt() {
      for (const [name, { window, bytes, length, isChanged }] of windows)
        if (isChanged) memory.keep(name, window, bytes.subarray(0, length))
    },
  }
}

/** The key of the row that holds a window of a list. */
export function listKey({ kind, number }: List, window: number): Uint8Array {
  const key = new Uint8Array(LIST_BYTES + WINDOW_BYTES)
  key[0] = LIST_KINDS.indexOf(kind)
  writeNumber(key, 1, Math.min(number, MAX_NUMBER), NUMBER_BYTES)
  writeNumber(key, LIST_BYTES, window, WINDOW_BYTES)
  return key
}

/** What the keys of all rows of a list begin with. */
export function listPrefix(list: List): Uint8Array {
  return listKey(list, 0).subarray(0, LIST_BYTES)
}

/** The window in which a sequence lies. */
export function windowNumber(sequence: number): number {
  return Math.floor(sequence / WINDOW)
}

/** The cells of a row of the table `lists`, ascending. */
export function cellsInWindow(key: Uint8Array, row: Uint8Array): readonly Cell[] {
  const first = readNumber(key, LIST_BYTES, WINDOW_BYTES) * WINDOW
  return Array.from({ length: countInWindow(row) }, (_, i) =>
    readCellRest(row, i * ENTRY_BYTES + 1, first + (row[i * ENTRY_BYTES] as number)),
  )
}

/** How many cells a row of the table `lists` has. */
export function countInWindow(row: Uint8Array): number {
  return row.length / ENTRY_BYTES
}

interface Window {
  readonly key: Uint8Array
  readonly window: number
  bytes: Uint8Array
  length: number
  isChanged: boolean
}

function nameOf(kind: number, number: number, window: number): string {
  return `${kind}/${number}/${window}`
}

function grow(window: Window): void {
  const { bytes } = window
  window.bytes = new Uint8Array(2 * bytes.length)
  window.bytes.set(bytes)
}

const WINDOW = 256
/** Room for so many more in a window, to begin with. */
const FIRST_ENTRIES = 8
const ENTRY_BYTES: number = 1 + CELL_REST_BYTES
const NUMBER_BYTES = 4
const MAX_NUMBER: number = 2 ** 32 - 1
const LIST_BYTES: number = 1 + NUMBER_BYTES
const WINDOW_BYTES = 5
