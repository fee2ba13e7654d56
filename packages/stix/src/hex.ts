/** True for `text` made only of hexadecimal digits of either case, at least one. */
export function isHex(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    const lower = code | 0x20
    if (!(code >= 0x30 && code <= 0x39) && !(lower >= 0x61 && lower <= 0x66)) return false
  }
  return text.length > 0
}
