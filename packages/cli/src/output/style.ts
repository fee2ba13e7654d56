import type { TlpLabel } from '@intelmesh/protocol'
import type { Output } from '../terminal/terminal.ts'

/** How text is laid out for one output. */
export interface Style {
  /** Columns to keep to; `undefined` for files and pipes, which are never cut. */
  readonly width: number | undefined
  readonly hasColour: boolean
}

/** Colours that this command uses, by SGR parameter. @see ECMA-48 section 8.3.117 */
const COLOURS = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, cyan: 36, white: 37 } as const
export type Colour = keyof typeof COLOURS

/** The style of an output: NO_COLOR and FORCE_COLOR beat what the output is. @see https://no-color.org */
export function styleOf(output: Output, environment: Readonly<Record<string, string | undefined>>): Style {
  const { NO_COLOR: no = '', FORCE_COLOR: force, TERM: term } = environment
  const isForced = force !== undefined && force !== '0' && force !== 'false'
  const hasColour = no === '' && (isForced || (output.isTerminal && term !== 'dumb' && force === undefined))
  return { width: output.columns, hasColour }
}

/** Plain text in a colour, where the output has colours. */
export function paint(style: Style, colour: Colour, text: string): string {
  return style.hasColour ? `\u{1b}[${COLOURS[colour]}m${text}\u{1b}[0m` : text
}

/** The colour in which TLP 2.0 writes each label, as near as terminals have it. @see FIRST TLP 2.0, "TLP in RGB" */
export const LABEL_COLOURS: Readonly<Record<TlpLabel, Colour>> = {
  clear: 'white',
  green: 'green',
  amber: 'yellow',
  'amber+strict': 'yellow',
  red: 'red',
}
