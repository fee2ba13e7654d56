import { headOf, guessFormat } from './guess-format.ts'
import type { Beginning, InputFormat } from './guess-format.ts'
import type { IndicatorSource } from './indicator-source.ts'
import { inputFault, refuse } from './input-item.ts'
import type { InputItem } from './input-item.ts'
import { separatorOf } from './csv-rows.ts'
import type { PieceReader } from './piece-reader.ts'
import { createCsvReader } from './read-csv.ts'
import type { CsvColumns } from './read-csv.ts'
import { createListReader } from './read-list.ts'
import { createDocumentReader, createNdjsonReader } from './read-stix.ts'
import { createTextPieces } from './text-pieces.ts'

/** How to read a file, and what its plain values become. */
export interface InputOptions extends IndicatorSource {
  /** File name, used only to tell the format. */
  readonly name: string
  /** @default 'auto': by the name, else by the first characters */
  readonly format?: InputFormat | 'auto'
  /** Columns of a CSV file, by name or by number from 1; without them its header has to name them. */
  readonly columns?: CsvColumns
}

/**
 * Reads a file that comes in pieces, cut anywhere: the items are those of the whole. Lists, NDJSON and CSV take the memory of a
 * piece and a line, whatever their length; a JSON document has to be whole first, and may have 64 Mi characters.
 */
export interface InputReader {
  /** Items that are complete with these bytes. */
  push(bytes: Uint8Array): readonly InputItem[]
  /** Items that are complete now that nothing follows. Called once, last. */
  end(): readonly InputItem[]
}

/** A reader for one file of any known format. It never throws: what cannot be read is an item. @see docs/spec/stix.md, "Input" */
export function createInputReader(options: InputOptions): InputReader {
  const pieces = createTextPieces()
  let unread = ''
  let reader: PieceReader | undefined
  let isBlank = true
  let isOver = false

  function* take(text: string, isWhole: boolean): Generator<InputItem, void> {
    isBlank &&= text.trim() === ''
    unread += text
    reader ??= readerFor(options, { text: unread, isWhole })
    if (reader === undefined) return
    const ready = unread
    unread = ''
    yield* reader.push(ready)
  }

  function* push(bytes: Uint8Array): Generator<InputItem, void> {
    for (const text of pieces.push(bytes)) yield* take(text, false)
  }

  function* end(): Generator<InputItem, void> {
    for (const text of pieces.end()) yield* take(text, true)
    if (isBlank) throw inputFault('INPUT_EMPTY', 'expected something to publish, got an empty file')
    if (reader !== undefined) yield* reader.end()
  }

  /** After a fault of the whole file nothing more is read of it. */
  function collect(found: Iterable<InputItem>): readonly InputItem[] {
    const items: InputItem[] = []
    if (isOver) return items
    try {
      for (const item of found) items.push(item)
    } catch (error) {
      isOver = true
      items.push(refuse(error, {}))
    }
    return items
  }

  return { push: (bytes) => collect(push(bytes)), end: () => collect(end()) }
}

/** Undefined as long as the beginning does not tell the format. */
function readerFor(options: InputOptions, beginning: Beginning): PieceReader | undefined {
  const { format = 'auto', name } = options
  const known = format === 'auto' ? guessFormat(name, beginning) : format
  return known === undefined ? undefined : READERS[known](options, beginning)
}

const READERS: Readonly<
  Record<InputFormat, (options: InputOptions, beginning: Beginning) => PieceReader | undefined>
> = {
  stix: () => createDocumentReader(),
  ndjson: () => createNdjsonReader(),
  list: (options) => createListReader(options),
  csv(options, beginning) {
    const head = headOf(beginning)
    return head === undefined ? undefined : createCsvReader(options, options.columns, separatorOf(head))
  },
}
