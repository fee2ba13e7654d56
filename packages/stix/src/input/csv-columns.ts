import { recognise } from '../observable/recognise.ts'
import { inputFault } from './input-item.ts'

/** What a column can hold. */
export type ColumnRole =
  | 'value'
  | 'type'
  | 'description'
  | 'confidence'
  | 'validFrom'
  | 'validUntil'
  | 'labels'

/** Header names by role, in lower case; the first that occurs is taken. */
const NAMES: Readonly<Record<ColumnRole, readonly string[]>> = {
  value: [
    'value',
    'indicator',
    'ioc',
    'ioc_value',
    'observable',
    'ip',
    'ip_address',
    'dst_ip',
    'domain',
    'hostname',
    'fqdn',
    'url',
    'hash',
    'sha256',
    'sha256_hash',
    'sha1',
    'sha1_hash',
    'md5',
    'md5_hash',
    'email',
  ],
  type: ['type', 'indicator_type', 'ioc_type'],
  description: ['description', 'comment', 'comments', 'note', 'notes', 'malware'],
  confidence: ['confidence', 'confidence_level'],
  validFrom: ['valid_from', 'first_seen', 'first_seen_utc', 'date added', 'date_added', 'date'],
  validUntil: ['valid_until', 'expires', 'expiration'],
  labels: ['labels', 'tags'],
}

/** Index of the column of each role that a file has. */
export type ColumnIndexes = Partial<Record<ColumnRole, number>> & { readonly value: number }

/**
 * Finds the columns by the names in a header, or undefined if none of them holds values. A record that holds
 * a value itself is no header, even if a cell of it says `url`.
 */
export function indexesOf(header: readonly string[]): ColumnIndexes | undefined {
  if (header.some((cell) => recognise(cell).length > 0)) return undefined
  const cells = header.map((cell) => cell.trim().toLowerCase())
  const found: Partial<Record<ColumnRole, number>> = {}
  for (const [role, names] of Object.entries(NAMES) as [ColumnRole, readonly string[]][]) {
    const name = names.find((candidate) => cells.includes(candidate))
    if (name !== undefined) found[role] = cells.indexOf(name)
  }
  return found.value === undefined ? undefined : { ...found, value: found.value }
}

/** Looks up columns that a person named, by header or by number from 1. @throws StixError INPUT_COLUMN_INVALID */
export function indexesFor(
  columns: Partial<Record<ColumnRole, string | number>>,
  header: readonly string[],
): ColumnIndexes {
  const cells = header.map((cell) => cell.trim().toLowerCase())
  const found: Partial<Record<ColumnRole, number>> = {}
  for (const [role, column] of Object.entries(columns) as [ColumnRole, string | number][]) {
    const index = typeof column === 'number' ? column - 1 : cells.indexOf(column.trim().toLowerCase())
    if (!(index >= 0 && index < cells.length))
      throw inputFault('INPUT_COLUMN_INVALID', `expected a column ${column}`)
    found[role] = index
  }
  if (found.value === undefined) throw inputFault('INPUT_COLUMN_INVALID', 'expected a column of values')
  return { ...found, value: found.value }
}

/** True if the first line of `text` is a header of more than one column, one of which holds values. */
export function hasKnownHeader(text: string): boolean {
  const end = text.indexOf('\n')
  const first = text.slice(0, end < 0 ? Math.min(text.length, 4096) : Math.min(end, 4096))
  const cells = first.split(/[,;\t]/).map((cell) => cell.replaceAll('"', ''))
  return cells[0] !== '' && !first.startsWith('#') && indexesOf(cells) !== undefined
}
