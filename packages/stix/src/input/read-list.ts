import { normaliseDomain } from '../observable/normalise-domain.ts'
import type { Observable } from '../observable/observable.ts'
import { recognise } from '../observable/recognise.ts'
import { indicatorFrom } from './indicator-source.ts'
import type { IndicatorSource } from './indicator-source.ts'
import { inputFault, refuse } from './input-item.ts'
import type { InputItem } from './input-item.ts'
import { createLineCutter } from './line-cutter.ts'
import type { Line } from './line-cutter.ts'
import type { PieceReader } from './piece-reader.ts'

/** Longest line looked at; longer ones are no value. */
const MAX_LINE = 16_384
/** Addresses to which hosts files send the names they block. */
const SINKS: ReadonlySet<string> = new Set(['0.0.0.0', '127.0.0.1', '::', '::1'])

/**
 * Reads one value a line: addresses, networks, names, URLs, hashes and whatever else `recognise` knows,
 * defanged or not. `#`, `;` and `//` start comments; hosts files and the tab-separated lists of Zeek are
 * understood. Values may be told again: each line is an item.
 */
export function createListReader(source: IndicatorSource): PieceReader {
  const lines = createLineCutter(MAX_LINE)

  function* read(found: Iterable<Line>): Generator<InputItem, void> {
    for (const { line, content } of found) {
      try {
        for (const observable of readLine(content))
          yield { object: indicatorFrom(source, observable), isValue: true, line }
      } catch (error) {
        yield refuse(error, { line })
      }
    }
  }

  return { push: (text) => read(lines.push(text)), end: () => read(lines.end()) }
}

function readLine(content: string): readonly Observable[] {
  if (content.length > MAX_LINE)
    throw inputFault('INPUT_LINE_TOO_LONG', `expected at most ${MAX_LINE} characters`)
  const value = withoutComment(content)
  if (value === '') return []
  const observables = readValues(value)
  if (observables.length === 0) {
    const shown = JSON.stringify(value.slice(0, 80))
    throw inputFault('INPUT_VALUE_UNRECOGNISED', `expected a value of a known form, got ${shown}`)
  }
  return observables
}

function withoutComment(content: string): string {
  const trimmed = content.trim()
  if (trimmed.startsWith('#') || trimmed.startsWith(';') || trimmed.startsWith('//')) return ''
  // A mark inside a value, as in a URL with a fragment, follows no blank.
  for (let i = 1; i < trimmed.length; i++) {
    const isMark = trimmed[i] === '#' || trimmed[i] === ';'
    if (isMark && (trimmed[i - 1] === ' ' || trimmed[i - 1] === '\t')) return trimmed.slice(0, i).trimEnd()
  }
  return trimmed
}

function readValues(value: string): readonly Observable[] {
  const words = value.split(BLANK, 64).filter((word) => word !== '')
  if (words.length > 1 && SINKS.has(words[0] as string)) return readHosts(words.slice(1))
  const column = value.includes('\t') ? value.slice(0, value.indexOf('\t')) : value
  const [likeliest] = recognise(withoutTail(column.trim()))
  return likeliest === undefined ? [] : [likeliest]
}

const BLANK = /[ \t]/

/** All names of a line of a hosts file; none if one of them is no name. */
function readHosts(names: readonly string[]): readonly Observable[] {
  const values = names.map((name) => normaliseDomain(name))
  return values.every((value) => value !== undefined)
    ? values.map((value) => ({ type: 'domain', value }))
    : []
}

function withoutTail(value: string): string {
  return value.endsWith(',') ? value.slice(0, -1) : value
}
