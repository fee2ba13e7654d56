import { paint, type Style } from '../output/style.ts'
import { type Cell, type Column, renderTable } from '../output/table.ts'
import type { Output } from '../terminal/terminal.ts'

/** What a person sees of the demo. Texts are printable already; tables make theirs so. */
export interface Screen {
  readonly style: Style
  title(text: string): void
  line(text?: string): void
  /** A command as a person would type it. */
  command(words: string): void
  verdict(held: boolean, text: string): void
  table(columns: readonly Column[], rows: readonly (readonly Cell[])[]): void
  /**
   * A table that is drawn anew in the place of the last, until anything else is shown. Where there is no terminal, `plain` says
   * the same on a line, now and then.
   */
  live(columns: readonly Column[], rows: readonly (readonly Cell[])[], plain: string): void
}

const INDENT = '   '
const PLAIN_MS = 2_000
const MAX_WIDTH = 110

/** @param now ms */
export function createScreen(output: Output, style: Style, now: () => number): Screen {
  // A terminal that does not know its width says 0.
  const width = style.width ? style.width - INDENT.length : undefined
  const inner = { ...style, width }
  let liveLines = 0
  let [lastPlain, lastPlainAt] = ['', -Infinity]

  function write(text: string): void {
    liveLines = 0
    output.write(text)
  }

  function indented(text: string): string {
    return text.replace(/^(?=.)/gm, INDENT)
  }

  return {
    style,
    title: (text) => write(`\n${paint(style, 'bold', text)}\n`),
    line: (text = '') => write(text === '' ? '\n' : `${indented(wrap(text, width))}\n`),
    command: (words) => write(indented(`${paint(style, 'cyan', `$ ${words}`)}\n`)),
    verdict(held, text) {
      const mark = held ? paint(style, 'green', '✔') : paint(style, 'red', '✘ did not hold:')
      write(` ${mark} ${text}\n`)
    },
    table: (columns, rows) => write(indented(renderTable(columns, rows, inner))),
    live(columns, rows, plain) {
      if (!output.isTerminal) {
        if (plain === lastPlain || now() - lastPlainAt < PLAIN_MS) return
        ;[lastPlain, lastPlainAt] = [plain, now()]
        return write(`${indented(plain)}\n`)
      }
      const text = indented(renderTable(columns, rows, inner))
      output.write(`${liveLines > 0 ? `\u{1b}[${liveLines}A\u{1b}[J` : ''}${text}`)
      liveLines = text.split('\n').length - 1
    },
  }
}

/** Breaks a paragraph between words. */
function wrap(text: string, width = MAX_WIDTH): string {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const line = lines.at(-1)
    if (line !== undefined && line.length + 1 + word.length <= Math.min(width, MAX_WIDTH))
      lines[lines.length - 1] = `${line} ${word}`
    else lines.push(word)
  }
  return lines.join('\n')
}
