import { StixError } from '../errors.ts'
import { canonicalText } from './canonicalise.ts'
import { decodeText } from './decode-text.ts'
import { isJsonObject } from './json-value.ts'
import type { JsonValue } from './json-value.ts'
import { parseJsonText } from './parse-strict.ts'
import type { JsonLimits } from './parse-strict.ts'

/**
 * Parses bytes that are exactly the canonical form of a value, and no others.
 *
 * @throws StixError as `parseJson`, and JSON_NOT_CANONICAL
 * @see RFC 8785
 */
export function parseCanonical(bytes: Uint8Array, limits: JsonLimits): JsonValue {
  const text = decodeText(bytes, limits.maxBytes)
  const value = parseJsonText(text, limits)
  if (!isWrittenBack(value, text) && canonicalText(value) !== text) {
    throw new StixError('JSON_NOT_CANONICAL', 'expected canonical JSON', { path: '', rule: 'RFC 8785' })
  }
  return value
}

/** Settles the common case at native speed: `JSON.stringify` differs from RFC 8785 only in the order of names. */
function isWrittenBack(value: JsonValue, text: string): boolean {
  return JSON.stringify(value) === text && hasSortedNames(value)
}

function hasSortedNames(value: JsonValue): boolean {
  if (typeof value !== 'object' || value === null) return true
  if (!isJsonObject(value)) return value.every(hasSortedNames)
  let last: string | undefined
  for (const name of Object.keys(value)) {
    if (last !== undefined && last >= name) return false
    if (!hasSortedNames(value[name] as JsonValue)) return false
    last = name
  }
  return true
}
