/** A JSON object without prototype: every name a producer wrote, `__proto__` included, is plain data. */
export type JsonObject = { readonly [name: string]: JsonValue }

/** What strict parsing gives and canonical writing takes. */
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject

/** True for JSON objects, false for lists and scalars. */
export function isJsonObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** True for JSON lists. `Array.isArray` alone loses the element type of a readonly list. */
export function isJsonList(value: JsonValue | undefined): value is readonly JsonValue[] {
  return Array.isArray(value)
}

/** Extends a JSON Pointer by one name or index. @see RFC 6901 section 3 */
export function pointer(path: string, step: string | number): string {
  const text = String(step)
  const escaped =
    text.includes('~') || text.includes('/') ? text.replaceAll('~', '~0').replaceAll('/', '~1') : text
  return `${path}/${escaped}`
}
