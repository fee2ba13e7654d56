import { normalise } from '../observable/normalise.ts'
import { OBSERVABLE_TYPES } from '../observable/observable.ts'
import type { Observable, ObservableType } from '../observable/observable.ts'
import { recognise } from '../observable/recognise.ts'
import { refang } from '../observable/refang.ts'
import { parseTimestamp } from '../timestamp.ts'
import { indexesFor, indexesOf } from './csv-columns.ts'
import type { ColumnIndexes, ColumnRole } from './csv-columns.ts'
import { createRowCutter } from './csv-rows.ts'
import type { CsvRow } from './csv-rows.ts'
import { indicatorFrom } from './indicator-source.ts'
import type { IndicatorSource } from './indicator-source.ts'
import { inputFault, refuse } from './input-item.ts'
import type { InputItem } from './input-item.ts'
import type { PieceReader } from './piece-reader.ts'

/** Columns of a CSV file by role: a header name, or a number from 1 for files without header. */
export type CsvColumns = Partial<Record<ColumnRole, string | number>>

/** Reads a record a row; the header names the columns unless `columns` does. */
export function createCsvReader(
  source: IndicatorSource,
  columns: CsvColumns | undefined,
  separator: string,
): PieceReader {
  const rows = createRowCutter(separator)
  let indexes: ColumnIndexes | undefined

  function* read(found: Iterable<CsvRow>): Generator<InputItem, void> {
    for (const row of found) {
      const isFirst = indexes === undefined
      indexes ??= indexesIn(row, columns)
      if (!isFirst || !hasHeader(columns)) yield readRow(row, indexes, source)
    }
  }

  return {
    push: (text) => read(rows.push(text)),
    *end() {
      yield* read(rows.end())
      if (indexes === undefined) throw inputFault('INPUT_EMPTY', 'expected at least one record')
    },
  }
}

function indexesIn({ cells }: CsvRow, columns: CsvColumns | undefined): ColumnIndexes {
  const indexes = columns === undefined ? indexesOf(cells) : indexesFor(columns, cells)
  if (indexes !== undefined) return indexes
  throw inputFault(
    'INPUT_COLUMN_INVALID',
    'expected a header with a column such as "indicator"; or name the columns',
  )
}

function hasHeader(columns: CsvColumns | undefined): boolean {
  return columns === undefined || Object.values(columns).some((column) => typeof column === 'string')
}

function readRow({ line, cells }: CsvRow, indexes: ColumnIndexes, source: IndicatorSource): InputItem {
  const cell = (role: ColumnRole): string => {
    const index = indexes[role]
    return index === undefined ? '' : (cells[index] ?? '').trim()
  }
  try {
    const description = cell('description')
    const labels = cell('labels')
      .split(/[,;|]/)
      .map((label) => label.trim())
      .filter((label) => label !== '')
    const validFrom = readTime(cell('validFrom'))
    const validUntil = readTime(cell('validUntil'))
    const confidence = readConfidence(cell('confidence'))
    if (validUntil !== undefined && validUntil <= (validFrom ?? source.now)) {
      throw inputFault('INPUT_COLUMN_INVALID', 'expected an end after the start')
    }
    const details = {
      ...(description === '' ? {} : { description }),
      ...(labels.length === 0 ? {} : { labels }),
      ...(validFrom === undefined ? {} : { validFrom }),
      ...(validUntil === undefined ? {} : { validUntil }),
      ...(confidence === undefined ? {} : { confidence }),
    }
    const object = indicatorFrom(source, readValue(cell('value'), cell('type')), details)
    return { object, isValue: true, line }
  } catch (error) {
    return refuse(error, { line })
  }
}

/** Names of types as other tools write them. */
const TYPE_NAMES: Readonly<Record<string, ObservableType>> = {
  'ipv4-addr': 'ipv4',
  'ipv6-addr': 'ipv6',
  'domain-name': 'domain',
  hostname: 'domain',
  fqdn: 'domain',
  uri: 'url',
  'email-addr': 'email',
  'mac-addr': 'mac',
  filename: 'file-name',
  user_agent: 'user-agent',
  sha1_hash: 'sha1',
  sha256_hash: 'sha256',
  md5_hash: 'md5',
  regkey: 'registry-key',
}

function readValue(text: string, typeName: string): Observable {
  const name = typeName.toLowerCase()
  const type = Object.hasOwn(TYPE_NAMES, name)
    ? TYPE_NAMES[name]
    : OBSERVABLE_TYPES.find((known) => known === name)
  const value = type === undefined ? undefined : normalise(type, refang(text))
  if (type !== undefined && value !== undefined) return { type, value }
  const [likeliest] = type === undefined || ADDRESS_TYPES.has(type) ? recognise(text) : []
  if (likeliest !== undefined) return likeliest
  throw inputFault(
    'INPUT_VALUE_UNRECOGNISED',
    `expected a value of a known form, got ${JSON.stringify(text.slice(0, 80))}`,
  )
}

/** Types that feeds write with a port or a prefix length. */
const ADDRESS_TYPES: ReadonlySet<ObservableType> = new Set(['ipv4', 'ipv6', 'cidr', 'domain'])

/** ms since the Unix epoch of a STIX timestamp, of a date, or of a date and time, read as UTC. */
function readTime(text: string): number | undefined {
  if (text === '') return undefined
  const spaced = text.length > 10 && text[10] === ' ' ? `${text.slice(0, 10)}T${text.slice(11)}` : text
  const full = spaced.length === 10 ? `${spaced}T00:00:00` : spaced
  const zoned = full.endsWith(' UTC') ? full.slice(0, -4) : full
  const time = parseTimestamp(zoned.endsWith('Z') ? zoned : `${zoned}Z`)
  if (time === undefined)
    throw inputFault('INPUT_COLUMN_INVALID', `expected a date, got ${JSON.stringify(text.slice(0, 40))}`)
  return time.ms
}

function readConfidence(text: string): number | undefined {
  if (text === '') return undefined
  const value = Number(text)
  if (!Number.isInteger(value) || value < 0 || value > 100) {
    throw inputFault(
      'INPUT_COLUMN_INVALID',
      `expected confidence from 0 to 100, got ${JSON.stringify(text.slice(0, 40))}`,
    )
  }
  return value
}
