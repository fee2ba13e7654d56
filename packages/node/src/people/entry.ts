import { createHash } from 'node:crypto'
import { canonicalise, type JsonValue } from '@intelmesh/stix'
import type { AuditAction, AuditEntry } from '../people-api.ts'
import type { Hex } from '../store/index.ts'

/** What there is to say in an entry of the audit trail. */
export interface Note {
  /** As in `AuditEntry`. */
  readonly person: string
  readonly token?: string
  readonly action: AuditAction
  readonly detail: AuditEntry['detail']
}

/** What stands for the hash before the first entry. */
export const NO_HASH: Hex = '0'.repeat(64)

/** The entry that follows the one with the hash `previous`. @see docs/spec/api.md, "Audit trail" */
export function sealEntry(previous: Hex, entry: Omit<AuditEntry, 'hash'>): AuditEntry {
  return { ...entry, hash: hashEntry(previous, entry) }
}

/** True when `value` is entry number `number`, in its form and with the hash that follows from it and the hash before. */
export function isEntry(value: unknown, number: number, previous: Hex): value is AuditEntry {
  if (typeof value !== 'object' || value === null || !('hash' in value)) return false
  const { hash, ...entry } = value as AuditEntry
  try {
    return entry.number === number && hash === hashEntry(previous, entry)
  } catch {
    // What has no canonical form was not written as an entry.
    return false
  }
}

/** Texts and lists of a detail, cut so that an entry stays below some kilobytes and always has a canonical form. */
export function boundDetail(detail: AuditEntry['detail']): AuditEntry['detail'] {
  const fields = Object.entries(detail)
    .filter(([, value]) => value !== undefined)
    .slice(0, MAX_FIELDS)
  return Object.fromEntries(fields.map(([name, value]) => [cut(name), bound(value)]))
}

const CONTEXT = 'intelmesh audit 1'
const MAX_FIELDS = 64
const MAX_ITEMS = 20
const MAX_TEXT = 300

function hashEntry(previous: Hex, entry: Omit<AuditEntry, 'hash'>): Hex {
  const content = [CONTEXT, previous, entry as unknown as JsonValue]
  return createHash('sha256').update(canonicalise(content)).digest('hex')
}

function bound(value: AuditEntry['detail'][string]): AuditEntry['detail'][string] {
  if (typeof value === 'string') return cut(value)
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value)
  if (typeof value === 'boolean') return value
  const rest = value.length - MAX_ITEMS
  return [...value.slice(0, MAX_ITEMS).map(cut), ...(rest > 0 ? [`and ${rest} more`] : [])]
}

function cut(text: string): string {
  return (text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT - 1)}…` : text).toWellFormed()
}
