/**
 * True for a name of CPE 2.3 as formatted string: `cpe:2.3:`, a part (`a`, `h`, `o`, `*`, `-`) and ten more
 * components, each `*`, `-`, or text with `\`-escaped punctuation and wildcards only at its ends.
 *
 * @see NISTIR 7695 section 6.2
 */
export function isCpe(text: string): boolean {
  if (!text.startsWith(PREFIX) || text.length > MAX_LENGTH) return false
  const [part = '', ...components] = splitComponents(text.slice(PREFIX.length))
  return (
    part.length === 1 && 'aho*-'.includes(part) && components.length === 10 && components.every(isComponent)
  )
}

const PREFIX = 'cpe:2.3:'
const MAX_LENGTH = 4096

/** Cuts at colons that no backslash escapes. */
function splitComponents(text: string): readonly string[] {
  const parts: string[] = []
  let from = 0
  for (let i = 0; i < text.length; i++) {
    if (text[i] === '\\') i++
    else if (text[i] === ':') {
      parts.push(text.slice(from, i))
      from = i + 1
    }
  }
  return [...parts, text.slice(from)]
}

function isComponent(text: string): boolean {
  if (text === '*' || text === '-') return true
  let from = 0
  let to = text.length
  while (text[from] === '?' || text[from] === '*') from++
  while (to > from && (text[to - 1] === '?' || text[to - 1] === '*') && text[to - 2] !== '\\') to--
  if (from === to) return false
  for (let i = from; i < to; i++) {
    if (text[i] === '\\') {
      i++
      if (i >= to) return false
    } else if (!isPlain(text.charCodeAt(i))) return false
  }
  return true
}

function isPlain(code: number): boolean {
  const lower = code | 0x20
  const letter = lower >= 0x61 && lower <= 0x7a
  return (
    letter || (code >= 0x30 && code <= 0x39) || code === 0x2d || code === 0x2e || code === 0x5f || code > 0x7f
  )
}
