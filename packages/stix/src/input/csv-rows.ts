import { inputFault } from './input-item.ts'

/** One record, and the line it starts on, from 1. */
export interface CsvRow {
  readonly line: number
  readonly cells: readonly string[]
}

/** Cuts CSV that comes in pieces. What `push` and `end` give has to be used up before the next call. */
export interface RowCutter {
  push(text: string): Iterable<CsvRow>
  /** The record that no line end follows. */
  end(): Iterable<CsvRow>
}

/** Longest cell, most cells in a record, and longest record, in characters: what is kept of a text while it is read. */
const MAX_CELL = 65_536
const MAX_CELLS = 256
const MAX_ROW = 1_048_576

/**
 * Cuts CSV into records, wherever the pieces end: quoted cells may hold separators, doubled quotes and line ends. Blank lines
 * and lines that start with `#` are left out. What it gives throws StixError INPUT_CSV_SYNTAX.
 *
 * @see RFC 4180
 */
export function createRowCutter(separator: string): RowCutter {
  let rest = ''
  let line = 1

  function* cut(text: string, isLast: boolean): Generator<CsvRow, void> {
    let at = 0
    while (at < text.length) {
      const row = readRow({ text, separator, line, isLast }, at)
      if (row === undefined) break
      const isComment = text[at] === '#'
      const isBlank = row.cells.length === 1 && row.cells[0]?.trim() === ''
      if (!isComment && !isBlank) yield { line, cells: row.cells }
      at = row.end
      line += row.lines
    }
    rest = rest.slice(at)
    if (rest.length > MAX_ROW + 1) throw fault(line, SMALLER)
  }

  return {
    *push(text) {
      rest += text
      // No record ends without a line end. Looking beyond the last one would only read the same again, and find faults sooner or
      // later as the pieces are cut.
      if (rest.length > MAX_ROW) yield* cut(rest, false)
      else if (LINE_END.test(text)) yield* cut(rest.slice(0, lastLineEnd(rest)), false)
    },
    end: () => cut(rest, true),
  }
}

const LINE_END = /[\r\n]/
/** Where the last line that has an end ends. */
function lastLineEnd(text: string): number {
  return Math.max(text.lastIndexOf('\n'), text.lastIndexOf('\r')) + 1
}

const EACH_LINE_END = /\r\n|\r|\n/
const SMALLER = 'expected smaller records'

/** The separator that occurs most in the first line outside quotes: comma, semicolon or tab. */
export function separatorOf(text: string): string {
  const end = text.indexOf('\n')
  const first = text.slice(0, Math.min(end < 0 ? text.length : end, MAX_CELL))
  const counts = [',', ';', '\t'].map((separator) => ({ separator, count: first.split(separator).length }))
  return counts.reduce((best, next) => (next.count > best.count ? next : best)).separator
}

/** Text in hand: unless it is the last, what stands at its end may go on. */
interface Source {
  readonly text: string
  readonly separator: string
  readonly line: number
  readonly isLast: boolean
}

interface Read {
  readonly cells: readonly string[]
  readonly end: number
  /** Lines the record takes. */
  readonly lines: number
}

/** Undefined if the record may go on in the next piece. */
function readRow(source: Source, from: number): Read | undefined {
  const { text, separator, line, isLast } = source
  const cells: string[] = []
  let at = from
  let lines = 1
  for (;;) {
    const cell = text[at] === '"' ? readQuoted(source, at) : readPlain(source, at)
    if (cell === undefined) return undefined
    lines += cell.lines
    at = cell.end
    cells.push(cell.value)
    if (cell.value.length > MAX_CELL || cells.length > MAX_CELLS || at - from > MAX_ROW)
      throw fault(line, SMALLER)
    if (text[at] === separator) {
      at++
      continue
    }
    if (at < text.length && text[at] !== '\n' && text[at] !== '\r')
      throw fault(line, 'expected a separator after a quote')
    const mayGoOn = at === text.length || (text[at] === '\r' && at + 1 === text.length)
    if (mayGoOn && !isLast) return undefined
    return { cells, end: text.startsWith('\r\n', at) ? at + 2 : at + 1, lines }
  }
}

interface Cell {
  readonly value: string
  readonly end: number
  /** Line ends inside the cell. */
  readonly lines: number
}

function readPlain({ text, separator }: Source, from: number): Cell {
  let at = from
  while (at < text.length && text[at] !== separator && text[at] !== '\n' && text[at] !== '\r') at++
  return { value: text.slice(from, at), end: at, lines: 0 }
}

function readQuoted({ text, line, isLast }: Source, from: number): Cell | undefined {
  let value = ''
  let at = from + 1
  let lines = 0
  for (;;) {
    const quote = text.indexOf('"', at)
    if ((quote < 0 ? text.length : quote) - from > 2 * MAX_CELL) throw fault(line, 'expected a closing quote')
    if (!isLast && (quote < 0 || quote + 1 === text.length)) return undefined
    if (quote < 0) throw fault(line, 'expected a closing quote')
    const part = text.slice(at, quote)
    value += part
    lines += part.split(EACH_LINE_END).length - 1
    if (text[quote + 1] !== '"') return { value, end: quote + 1, lines }
    value += '"'
    at = quote + 2
  }
}

function fault(line: number, expected: string) {
  return inputFault('INPUT_CSV_SYNTAX', `${expected}, in the record of line ${line}`)
}
