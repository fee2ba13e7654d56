/** The bytes of the value that was encoded last, from 0 on. */
export const valueText: Uint8Array = new Uint8Array(3 * 8192)

/** Writes a value, of at most 8,192 UTF-16 units, into {@link valueText} as UTF-8. @returns how many bytes it has */
export function encodeValue(value: string): number {
  for (let i = 0; i < value.length; i++) {
    const code = value.charCodeAt(i)
    if (code > 0x7f) return encoder.encodeInto(value, valueText).written
    valueText[i] = code
  }
  return value.length
}

const encoder = new TextEncoder()
