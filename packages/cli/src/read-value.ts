import { TLP_LABELS, type TlpLabel } from '@intelmesh/protocol'
import type { Option, OptionKind } from './command.ts'
import { parseInstant } from './parse-instant.ts'
import { UsageError } from './usage-error.ts'

/** Reads the text after an option. @param now ms since the Unix epoch @throws UsageError */
export function readValue(name: string, option: Option, text: string, now: number): string | number {
  const value = READERS[option.kind](text, option, now)
  if (value === undefined) {
    throw new UsageError(
      `--${name}: expected ${EXPECTED[option.kind](option)}, got ${JSON.stringify(text.slice(0, 80))}`,
    )
  }
  return value
}

type Reader = (text: string, option: Option, now: number) => string | number | undefined

const READERS: Readonly<Record<OptionKind, Reader>> = {
  flag: () => undefined,
  text: (text) => (text === '' ? undefined : text),
  whole: (text) => (/^[0-9]{1,9}$/.test(text) ? Number(text) : undefined),
  tlp: (text) => readLabel(text),
  choice: (text, { choices = [] }) => choices.find((choice) => choice === text.toLowerCase()),
  ahead: (text, _, now) => parseInstant(text, now, 'ahead'),
  ago: (text, _, now) => parseInstant(text, now, 'ago'),
}

const INSTANT = 'a date such as 2030-01-31, an instant such as 2030-01-31T12:00:00Z'

const EXPECTED: Readonly<Record<OptionKind, (option: Option) => string>> = {
  flag: () => 'nothing after it',
  text: () => 'some text',
  whole: () => 'a whole number',
  tlp: () => `one of ${TLP_LABELS.join(', ')}`,
  choice: ({ choices = [] }) => `one of ${choices.join(', ')}`,
  ahead: () => `${INSTANT}, or a time from now such as 90d, 12h, 2w`,
  ago: () => `${INSTANT}, or a time before now such as 2h, 3d`,
}

/** `green`, `GREEN`, `TLP:GREEN`; undefined for anything else. */
function readLabel(text: string): TlpLabel | undefined {
  const word = text.trim().toLowerCase().replace(/^tlp:/, '')
  return TLP_LABELS.find((label) => label === word)
}
