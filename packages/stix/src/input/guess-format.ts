import { DEFAULT_JSON_LIMITS, parseJsonText } from '../json/parse-strict.ts'
import { hasKnownHeader } from './csv-columns.ts'
import { LINE_LIMITS } from './read-stix.ts'

/** Formats a file of intelligence may have. */
export type InputFormat = 'stix' | 'ndjson' | 'csv' | 'list'

/** The beginning of a text, and whether it is all of it. */
export interface Beginning {
  readonly text: string
  readonly isWhole: boolean
}

/** What tells a list from CSV, and its separator, stands in so many characters. */
const HEAD = 65_536

/** Tells the format by the file name, else by the first characters. Undefined as long as these do not tell. */
export function guessFormat(name: string, beginning: Beginning): InputFormat | undefined {
  const extension = name.slice(name.lastIndexOf('.') + 1).toLowerCase()
  const known = Object.hasOwn(FORMATS, extension) ? FORMATS[extension] : undefined
  if (known !== undefined && known !== 'stix') return known
  if (known === 'stix') return documentOrLines(beginning)
  const head = headOf(beginning)
  const [first, second] = beginning.text.slice(0, HEAD).trimStart()
  if (first === '{') return documentOrLines(beginning)
  // `[.]` and `[:` can start a defanged value, but no JSON list.
  if (first === '[' && second !== '.' && second !== ':')
    return second === undefined && !isEnough(beginning, HEAD) ? undefined : documentOrLines(beginning)
  if (head === undefined || (first === undefined && !isEnough(beginning, HEAD))) return undefined
  return hasKnownHeader(head) ? 'csv' : 'list'
}

/** The first lines of a text; undefined as long as the first line may go on. */
export function headOf(beginning: Beginning): string | undefined {
  const { text } = beginning
  return isEnough(beginning, HEAD) || text.includes('\n') ? text.slice(0, HEAD) : undefined
}

const FORMATS: Readonly<Record<string, InputFormat>> = {
  json: 'stix',
  stix: 'stix',
  ndjson: 'ndjson',
  jsonl: 'ndjson',
  csv: 'csv',
  tsv: 'csv',
}

/** Lines of JSON, if the first line is a JSON text of its own and more than blanks follow it; else one text. */
function documentOrLines(beginning: Beginning): InputFormat | undefined {
  const { maxBytes } = LINE_LIMITS
  const begun = beginning.text.slice(0, maxBytes).trimStart()
  const end = begun.indexOf('\n')
  if (end < 0 || begun.slice(end).trim() === '') return isEnough(beginning, maxBytes) ? 'stix' : undefined
  return isJson(begun.slice(0, end)) ? 'ndjson' : 'stix'
}

/** Whether there are `length` characters to look at, or no more to come. */
function isEnough({ text, isWhole }: Beginning, length: number): boolean {
  return isWhole || text.length >= length
}

function isJson(text: string): boolean {
  try {
    parseJsonText(text, DEFAULT_JSON_LIMITS)
    return true
  } catch {
    return false
  }
}
