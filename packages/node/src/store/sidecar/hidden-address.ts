import { parseIp } from '@intelmesh/stix'
import { readIpv4Text } from './read-ipv4.ts'
import { hideAddress, type ValueKey } from './value-hash.ts'

/** The pseudonym that {@link hideText} made last. */
export const hidden: Uint8Array = new Uint8Array(16)

/** Puts the pseudonym of an address, as text, into {@link hidden}. @returns how many bytes it has; 0 for what is no address */
export function hideText(key: ValueKey, text: string): 0 | 4 | 16 {
  const length = readAddress(text)
  if (length !== 0) hideAddress(key, address, 0, length, hidden)
  return length
}

function readAddress(text: string): 0 | 4 | 16 {
  // Nearly all addresses are these, and to read them so costs a tenth.
  if (readIpv4Text(text, address)) return 4
  const bytes = text.includes(':') ? parseIp(text) : undefined
  if (bytes === undefined) return 0
  address.set(bytes)
  return bytes.length === 4 ? 4 : 16
}

const address = new Uint8Array(16)
