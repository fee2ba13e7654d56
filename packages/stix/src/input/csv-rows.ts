import { inputFault } from './input-item.ts'

/** One record, and the line it starts on, from 1. */
export interface CsvRow {
  readonly line: number
  readonly cells: readonly string[]
}

/** Longest cell, and most cells in a record. */
const MAX_CELL = 65_536
const MAX_CELLS = 256

/**
 * Cuts CSV into records: quoted cells may hold separators, doubled quotes and line ends. Blank lines and
 * lines that start with `#` are left out.
 *
 * @throws StixError INPUT_CSV_SYNTAX
 * @see RFC 4180
 */
export function* csvRows(text: string, separator: string): Generator<CsvRow, void> {
  let at = 0
  let line = 1
  while (at < text.length) {
    const row = readRow(text, at, separator, line)
    const isComment = text[at] === '#'
    const isBlank = row.cells.length === 1 && row.cells[0]?.trim() === ''
    if (!isComment && !isBlank) yield { line, cells: row.cells }
    at = row.end
    line += row.lines
  }
}

/** The separator that occurs most in the first line outside quotes: comma, semicolon or tab. */
export function separatorOf(text: string): string {
  const end = text.indexOf('\n')
  const first = text.slice(0, Math.min(end < 0 ? text.length : end, MAX_CELL))
  const counts = [',', ';', '\t'].map((separator) => ({ separator, count: first.split(separator).length }))
  return counts.reduce((best, next) => (next.count > best.count ? next : best)).separator
}

interface Read {
  readonly cells: readonly string[]
  readonly end: number
  /** Lines the record takes. */
  readonly lines: number
}

function readRow(text: string, from: number, separator: string, line: number): Read {
  const cells: string[] = []
  let at = from
  let lines = 1
  for (;;) {
    const cell = text[at] === '"' ? readQuoted(text, at, line) : readPlain(text, at, separator)
    lines += cell.lines
    at = cell.end
    cells.push(cell.value)
    if (cell.value.length > MAX_CELL || cells.length > MAX_CELLS)
      throw fault(line, 'expected smaller records')
    if (text[at] === separator) {
      at++
      continue
    }
    if (at < text.length && text[at] !== '\n' && text[at] !== '\r')
      throw fault(line, 'expected a separator after a quote')
    return { cells, end: text.startsWith('\r\n', at) ? at + 2 : at + 1, lines }
  }
}

interface Cell {
  readonly value: string
  readonly end: number
  /** Line ends inside the cell. */
  readonly lines: number
}

function readPlain(text: string, from: number, separator: string): Cell {
  let at = from
  while (at < text.length && text[at] !== separator && text[at] !== '\n' && text[at] !== '\r') at++
  return { value: text.slice(from, at), end: at, lines: 0 }
}

function readQuoted(text: string, from: number, line: number): Cell {
  let value = ''
  let at = from + 1
  let lines = 0
  for (;;) {
    const quote = text.indexOf('"', at)
    if (quote < 0 || quote - from > 2 * MAX_CELL) throw fault(line, 'expected a closing quote')
    const part = text.slice(at, quote)
    value += part
    lines += part.split('\n').length - 1
    if (text[quote + 1] !== '"') return { value, end: quote + 1, lines }
    value += '"'
    at = quote + 2
  }
}

function fault(line: number, expected: string) {
  return inputFault('INPUT_CSV_SYNTAX', `${expected}, in the record of line ${line}`)
}
