import { displayWidth, fitWidth } from './display-width.ts'
import { printable } from './printable.ts'
import { type Colour, paint, type Style } from './style.ts'

/** One column. */
export interface Column {
  readonly title: string
  /** The least width to which the column may be cut on a narrow terminal; columns without one are never cut. */
  readonly least?: number
}

/** A cell: text from anywhere, made printable here. */
export type Cell = string | { readonly text: string; readonly colour: Colour }

const GAP = '  '

/** As {@link renderTable}, or a sentence where there is nothing to list. */
export function renderList(
  columns: readonly Column[],
  rows: readonly (readonly Cell[])[],
  whenEmpty: string,
  style: Style,
): string {
  return rows.length === 0 ? `${whenEmpty}\n` : renderTable(columns, rows, style)
}

/** Lines of a table under its titles. On a terminal the columns that may be cut give way, the widest first. */
export function renderTable(
  columns: readonly Column[],
  rows: readonly (readonly Cell[])[],
  style: Style,
): string {
  const texts = rows.map((row) => columns.map((_, i) => printable(textOf(row[i] ?? ''))))
  const widths = fitColumns(columns, texts, style.width)
  const titles = columns.map((column, i) =>
    paint(style, 'dim', pad(column.title.toUpperCase(), widths[i] ?? 0, i === columns.length - 1)),
  )
  const lines = texts.map((row, r) =>
    row.map((text, i) => {
      const cell = rows[r]?.[i] ?? ''
      const padded = pad(text, widths[i] ?? 0, i === columns.length - 1)
      return typeof cell === 'string' ? padded : paint(style, cell.colour, padded)
    }),
  )
  return [titles, ...lines].map((line) => `${line.join(GAP)}\n`).join('')
}

/** Lines of `name  value`, one each. */
export function renderFields(fields: readonly (readonly [string, Cell])[], style: Style): string {
  const width = Math.max(...fields.map(([name]) => displayWidth(name)))
  return fields
    .map(([name, cell]) => {
      const text = printable(textOf(cell))
      const value = typeof cell === 'string' ? text : paint(style, cell.colour, text)
      return `${paint(style, 'dim', pad(name, width, false))}${GAP}${value}\n`
    })
    .join('')
}

function textOf(cell: Cell): string {
  return typeof cell === 'string' ? cell : cell.text
}

function fitColumns(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  terminal: number | undefined,
): readonly number[] {
  const widths = columns.map((column, i) =>
    rows.reduce((widest, row) => Math.max(widest, displayWidth(row[i] ?? '')), displayWidth(column.title)),
  )
  if (terminal === undefined) return widths
  const room = terminal - GAP.length * (columns.length - 1)
  while (sum(widths) > room) {
    const spare = widths.map((width, i) => (columns[i]?.least === undefined ? 0 : width - columns[i].least))
    const widest = spare.indexOf(Math.max(...spare))
    if ((spare[widest] ?? 0) <= 0) break
    widths[widest] = (widths[widest] ?? 0) - 1
  }
  return widths
}

function pad(text: string, width: number, isLast: boolean): string {
  const fitted = fitWidth(text, width)
  return isLast ? fitted : fitted + ' '.repeat(Math.max(0, width - displayWidth(fitted)))
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}
