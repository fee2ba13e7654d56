import { TLP_LABELS } from '@intelmesh/protocol'
import { present } from '../present.ts'
import { COLUMN_ROLES, parseColumns } from './parse-columns.ts'
import type { ReadOptions } from './read-items.ts'

const FORMATS = ['auto', 'stix', 'ndjson', 'csv', 'list'] as const

/** How what is published travels. */
export const PUBLISHING_OPTIONS = {
  tlp: {
    kind: 'tlp',
    value: 'L',
    summary: `how far it may go: ${TLP_LABELS.join(', ')}` as string,
    required: `say how far it may go: --tlp ${TLP_LABELS.join(', --tlp ')}` as string,
  },
  channel: {
    kind: 'text',
    value: 'C',
    summary: 'a word by which members sort what they get, such as strategic',
  },
  expires: {
    kind: 'ahead',
    value: 'D',
    summary: 'how long the mesh keeps it, such as 30d (default: by type)',
  },
  allow: {
    kind: 'text',
    value: 'VALUE|LIST',
    summary: 'let this value, or what stands on this list, through the gate; may be given several times',
    repeats: true,
  },
} as const

/** How files are read. */
export const READING_OPTIONS = {
  format: { kind: 'choice', choices: FORMATS as typeof FORMATS, value: 'F', summary: 'what the files are' },
  columns: {
    kind: 'text',
    value: 'C',
    summary:
      `which CSV column is what, such as value=ip,description=note; roles: ${COLUMN_ROLES.join(', ')}` as string,
  },
} as const

/** Reads `--format` and `--columns`. @throws UsageError */
export function readingOf({
  format,
  columns,
}: {
  readonly format: (typeof FORMATS)[number] | undefined
  readonly columns: string | undefined
}): ReadOptions {
  return present({ format, columns: columns === undefined ? undefined : parseColumns(columns) })
}
