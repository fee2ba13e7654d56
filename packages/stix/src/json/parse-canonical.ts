import { StixError } from '../errors.ts'
import { canonicalText } from './canonicalise.ts'
import { decodeText } from './decode-text.ts'
import type { JsonValue } from './json-value.ts'
import { parseJsonText } from './parse-strict.ts'
import type { JsonLimits } from './parse-strict.ts'
import { readCanonical } from './read-canonical.ts'

/**
 * Parses bytes that are exactly the canonical form of a value, and no others. With `wanted`, all is checked, but of an outermost
 * object other members may be missing in what is given, unless they are null or empty lists.
 *
 * @throws StixError as `parseJson`, and JSON_NOT_CANONICAL
 * @see RFC 8785
 */
export function parseCanonical(
  bytes: Uint8Array,
  limits: JsonLimits,
  wanted?: ReadonlySet<string>,
): JsonValue {
  const text = decodeText(bytes, limits.maxBytes)
  return readCanonical(text, bytes, limits, wanted) ?? parseAndCompare(text, limits)
}

/** What canonical means: parsing strictly and writing again gives the same text. Says what is wrong, at twice the cost. */
export function parseAndCompare(text: string, limits: JsonLimits): JsonValue {
  const value = parseJsonText(text, limits)
  if (canonicalText(value) !== text) {
    throw new StixError('JSON_NOT_CANONICAL', 'expected canonical JSON', { path: '', rule: 'RFC 8785' })
  }
  return value
}
