import { isJsonList } from './json-value.ts'
import type { JsonValue } from './json-value.ts'

/**
 * Writes `value` in its one canonical form: names sorted by UTF-16 code units, numbers as ECMAScript prints
 * them, the fewest escapes, no white space.
 *
 * @throws TypeError for what no strict JSON text can hold: NaN, infinities, lone surrogates, undefined
 * @see RFC 8785
 */
export function canonicalise(value: JsonValue): Uint8Array {
  return utf8.encode(canonicalText(value))
}

/** As {@link canonicalise}, before encoding to UTF-8. */
export function canonicalText(value: JsonValue): string {
  if (typeof value === 'string') return quote(value)
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new TypeError('JSON has no infinities and no NaN')
    return String(value)
  }
  if (value === null || typeof value === 'boolean') return String(value)
  if (isJsonList(value)) return `[${value.map(canonicalText).join(',')}]`
  if (typeof value !== 'object') throw new TypeError(`JSON has no ${typeof value}`)
  let members = ''
  for (const name of Object.keys(value).sort()) {
    members += `${members === '' ? '' : ','}${quote(name)}:${canonicalText(value[name] as JsonValue)}`
  }
  return `{${members}}`
}

const utf8 = new TextEncoder()

function quote(text: string): string {
  const quoted = JSON.stringify(text)
  // Lone surrogates come out escaped, hence longer, so that most strings need no second look.
  if (quoted.length !== text.length + 2 && !text.isWellFormed()) {
    throw new TypeError('JSON strings hold no lone surrogates')
  }
  return quoted
}
