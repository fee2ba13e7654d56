import { StixError } from '../errors.ts'
import { decodeText } from '../json/decode-text.ts'
import { DEFAULT_JSON_LIMITS, parseJsonText } from '../json/parse-strict.ts'
import type { JsonValue } from '../json/json-value.ts'
import { inputFault, refuse } from './input-item.ts'
import type { InputItem } from './input-item.ts'
import type { IndicatorSource } from './indicator-source.ts'
import { readCsv } from './read-csv.ts'
import type { CsvColumns } from './read-csv.ts'
import { hasKnownHeader } from './csv-columns.ts'
import { readList } from './read-list.ts'
import { readNdjson, readStix } from './read-stix.ts'

/** Formats a file of intelligence may have. */
export type InputFormat = 'stix' | 'ndjson' | 'csv' | 'list'

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
 * Reads a file of any known format, one item after the other. Plain values become STIX indicators. What
 * cannot be read is an item as well, with a code and its place; nothing is skipped silently but blank lines
 * and comments. Never throws; at most 64 MiB.
 *
 * @see docs/spec/stix.md, "Input"
 */
export function* readInput(bytes: Uint8Array, options: InputOptions): Generator<InputItem, void> {
  try {
    const text = decodeText(bytes, DEFAULT_JSON_LIMITS.maxBytes)
    // A byte order mark says nothing in UTF-8; editors leave it at the start of files all the same.
    const plain = text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text
    if (plain.trim() === '')
      throw inputFault('INPUT_EMPTY', 'expected something to publish, got an empty file')
    yield* readText(plain, options)
  } catch (error) {
    yield refuse(error, {})
  }
}

const BYTE_ORDER_MARK = '\ufeff'

const FORMATS: Readonly<Record<string, InputFormat>> = {
  json: 'stix',
  stix: 'stix',
  ndjson: 'ndjson',
  jsonl: 'ndjson',
  csv: 'csv',
  tsv: 'csv',
}

function* readText(text: string, options: InputOptions): Generator<InputItem, void> {
  const { format = 'auto', name } = options
  const guess = format === 'auto' ? guessFormat(text, name) : format
  if (guess === 'csv') yield* readCsv(text, options, options.columns)
  else if (guess === 'list') yield* readList(text, options)
  else if (guess === 'ndjson') yield* readNdjson(text)
  else yield* readJson(text, format === 'auto')
}

function guessFormat(text: string, name: string): InputFormat {
  const extension = name.slice(name.lastIndexOf('.') + 1).toLowerCase()
  const known = Object.hasOwn(FORMATS, extension) ? FORMATS[extension] : undefined
  if (known !== undefined) return known
  const first = text.trimStart().charAt(0)
  if (first === '{' || (first === '[' && !isDefanged(text))) return 'stix'
  return hasKnownHeader(text) ? 'csv' : 'list'
}

/** `[.]` and `[:` can start a defanged value, but no JSON list. */
function isDefanged(text: string): boolean {
  const second = text.trimStart().charAt(1)
  return second === '.' || second === ':'
}

/** Reads a whole JSON text, or, when guessing, lines of JSON if the first line ends a text of its own. */
function* readJson(text: string, mayBeLines: boolean): Generator<InputItem, void> {
  let value: JsonValue
  try {
    value = parseJsonText(text, DEFAULT_JSON_LIMITS)
  } catch (error) {
    if (!(error instanceof StixError) || !mayBeLines || !startsWithLine(text)) throw error
    yield* readNdjson(text)
    return
  }
  yield* readStix(value, {})
}

function startsWithLine(text: string): boolean {
  const [first = '', rest] = text.trimStart().split('\n', 2)
  if (rest === undefined) return false
  try {
    parseJsonText(first, DEFAULT_JSON_LIMITS)
    return true
  } catch {
    return false
  }
}
