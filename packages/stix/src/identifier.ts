/** Longest type name. @see STIX 2.1 §3.1 */
const MAX_TYPE_LENGTH = 250

/**
 * True for a type name: 3 to 250 of `a-z`, `0-9` and single hyphens, a letter first and no hyphen last.
 *
 * @see STIX 2.1 §3.1
 */
export function isTypeName(text: string): boolean {
  if (text.length < 3 || text.length > MAX_TYPE_LENGTH || !isLowerLetter(text.charCodeAt(0))) return false
  for (let i = 1; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code === HYPHEN ? text.charCodeAt(i - 1) === HYPHEN : !isLowerLetter(code) && !isDigit(code))
      return false
  }
  return text.charCodeAt(text.length - 1) !== HYPHEN
}

/** The type in an identifier `type--UUID`, the UUID in lower case, or undefined. @see STIX 2.1 §2.9 */
export function typeOfId(id: string): string | undefined {
  const split = id.length - UUID_LENGTH - 2
  if (split < 3 || id.charCodeAt(split) !== HYPHEN || id.charCodeAt(split + 1) !== HYPHEN) return undefined
  const type = id.slice(0, split)
  return isTypeName(type) && isUuid(id, split + 2) ? type : undefined
}

/** True if a UUID in lower case stands in `text` from `start` to the end. Any version and variant. */
export function isUuid(text: string, start: number = 0): boolean {
  if (text.length - start !== UUID_LENGTH) return false
  for (let i = 0; i < UUID_LENGTH; i++) {
    const code = text.charCodeAt(start + i)
    const dash = i === 8 || i === 13 || i === 18 || i === 23
    if (dash ? code !== HYPHEN : !isDigit(code) && !(code >= 0x61 && code <= 0x66)) return false
  }
  return true
}

const UUID_LENGTH = 36
const HYPHEN = 0x2d

function isLowerLetter(code: number): boolean {
  return code >= 0x61 && code <= 0x7a
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39
}
