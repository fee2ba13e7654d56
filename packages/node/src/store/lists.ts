import { CELL_REST_BYTES, type Cell, readCellRest, writeCellRest } from './cells.ts'
import type { Draft } from './draft.ts'
import { readNumber, writeNumber } from './keys.ts'

/** What lists there are, by the byte that their rows begin with: of all records, and of those of one type, author, and so on. */
export const LIST_KINDS = { all: 0, type: 1, organisation: 2, author: 3, expiry: 4 } as const

/** Records in their order of arrival that have something in common. */
export interface List {
  readonly kind: keyof typeof LIST_KINDS
  /** What the list is of: the number of a name, an hour; 0 of the list of all. */
  readonly number: number
}

/** A list cut by sequence: a row for each 256 of them. Where a sequence stands needs no looking for. */
export interface ListDraft {
  /** Keys of rows that have to be loaded before a sequence is put into lists, or taken out. */
  keys(lists: readonly List[], sequence: number): readonly Uint8Array[]
  add(lists: readonly List[], cell: Cell): void
  /** Gives the keys of the rows in which it was. */
  remove(lists: readonly List[], sequence: number): readonly Uint8Array[]
  /** Puts the rows into the draft. */
  flush(): void
}

/** Lists over a draft. On disk no sequence is beyond `newest`. */
export function createListDraft(draft: Draft, newest: number): ListDraft {
  const windows = new Map<string, Window>()

  function windowOf(list: List, sequence: number): Window {
    const number = windowNumber(sequence)
    const name = `${list.kind}${list.number}/${number}`
    const held = windows.get(name)
    if (held !== undefined) return held
    const key = listKey(list, number)
    if (number * WINDOW > newest) draft.assumeNone('lists', key)
    const row = draft.get('lists', key)
    const opened = { key, bytes: new Uint8Array(WINDOW * ENTRY_BYTES), length: row?.length ?? 0 }
    if (row !== undefined) opened.bytes.set(row)
    windows.set(name, opened)
    return opened
  }

  return {
    keys: (lists, sequence) => lists.map((list) => listKey(list, windowNumber(sequence))),
    add(lists, cell) {
      for (const list of lists) {
        const window = windowOf(list, cell.sequence)
        window.bytes[window.length] = cell.sequence % WINDOW
        writeCellRest(window.bytes, window.length + 1, cell)
        window.length += ENTRY_BYTES
      }
    },
    remove(lists, sequence) {
      return lists.map((list) => {
        const window = windowOf(list, sequence)
        for (let at = 0; at < window.length; at += ENTRY_BYTES) {
          if (window.bytes[at] !== sequence % WINDOW) continue
          window.bytes.copyWithin(at, at + ENTRY_BYTES, window.length)
          window.length -= ENTRY_BYTES
          break
        }
        return window.key
      })
    },
    flush() {
      for (const { key, bytes, length } of windows.values()) {
        if (length === 0) draft.delete('lists', key)
        else draft.put('lists', key, bytes.subarray(0, length))
      }
    },
  }
}

/** The key of the row that holds a window of a list. */
export function listKey({ kind, number }: List, window: number): Uint8Array {
  const key = new Uint8Array(LIST_BYTES + WINDOW_BYTES)
  key[0] = LIST_KINDS[kind]
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
  return Array.from({ length: row.length / ENTRY_BYTES }, (_, i) =>
    readCellRest(row, i * ENTRY_BYTES + 1, first + (row[i * ENTRY_BYTES] as number)),
  )
}

/** How many cells a row of the table `lists` has. */
export function countInWindow(row: Uint8Array): number {
  return row.length / ENTRY_BYTES
}

interface Window {
  readonly key: Uint8Array
  readonly bytes: Uint8Array
  length: number
}

const WINDOW = 256
const ENTRY_BYTES: number = 1 + CELL_REST_BYTES
const NUMBER_BYTES = 4
const MAX_NUMBER: number = 2 ** 32 - 1
const LIST_BYTES: number = 1 + NUMBER_BYTES
const WINDOW_BYTES = 5
