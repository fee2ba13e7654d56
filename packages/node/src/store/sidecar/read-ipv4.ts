import { encodeValue, valueText } from './value-text.ts'

/** Reads four decimal numbers without leading zeros into `out`. False for anything else. */
export function readIpv4(bytes: Uint8Array, start: number, end: number, out: Uint8Array): boolean {
  let number = -1
  let count = 0
  for (let i = start; i <= end; i++) {
    const byte = i < end ? (bytes[i] as number) : DOT
    if (byte === DOT) {
      if (number < 0 || count === 4) return false
      out[count] = number
      count += 1
      number = -1
    } else {
      const digit = byte - 0x30
      if (number === 0 || digit < 0 || digit > 9) return false
      number = (number < 0 ? 0 : number * 10) + digit
      if (number > 255) return false
    }
  }
  return count === 4
}

/** {@link readIpv4} of a text. */
export function readIpv4Text(text: string, out: Uint8Array): boolean {
  return text.length <= LONGEST && readIpv4(valueText, 0, encodeValue(text), out)
}

/** Twelve digits and three dots. */
const LONGEST = 15
const DOT = 0x2e
