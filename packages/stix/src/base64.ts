/** True for base64 with padding, of at least one group. @see RFC 4648 section 4 */
export function isBase64(text: string): boolean {
  if (text.length === 0 || text.length % 4 !== 0) return false
  const end = text.endsWith('==') ? text.length - 2 : text.endsWith('=') ? text.length - 1 : text.length
  for (let i = 0; i < end; i++) {
    const code = text.charCodeAt(i)
    const lower = code | 0x20
    const letter = lower >= 0x61 && lower <= 0x7a
    if (!letter && !(code >= 0x30 && code <= 0x39) && code !== 0x2b && code !== 0x2f) return false
  }
  return true
}
