import type { ColumnRole, CsvColumns } from '@intelmesh/stix'
import { UsageError } from '../usage-error.ts'

/** What a column of a CSV file may hold. */
export const COLUMN_ROLES: readonly ColumnRole[] = [
  'value',
  'type',
  'description',
  'confidence',
  'validFrom',
  'validUntil',
  'labels',
]

/** Reads `value=ip,description=note` or, by number from 1, `value=2`. @throws UsageError */
export function parseColumns(text: string): CsvColumns {
  const columns: Partial<Record<ColumnRole, string | number>> = {}
  for (const part of text.split(',')) {
    const [name = '', column = ''] = part.split('=').map((side) => side.trim())
    const role = COLUMN_ROLES.find((candidate) => candidate === name)
    if (role === undefined) {
      throw new UsageError(`--columns: there is no role ${JSON.stringify(name)}`, {
        word: name,
        candidates: COLUMN_ROLES,
      })
    }
    if (column === '')
      throw new UsageError(`--columns: expected ${name}=COLUMN, a header name or a number from 1`)
    columns[role] = /^[1-9][0-9]{0,3}$/.test(column) ? Number(column) : column
  }
  if (columns.value === undefined)
    throw new UsageError('--columns: value=COLUMN is missing: which column holds the values')
  return columns
}
