import { fromHex, toHex } from '../encoding/text.ts'

/** The number that bytes spell with the lowest byte first, as RFC 8032 writes field elements and scalars. */
export function numberOf(bytes: Uint8Array): bigint {
  return BigInt(`0x${toHex(bytes.toReversed())}`)
}

/** The 32 bytes of a number from 0 to 2^256 - 1, lowest byte first. */
export function bytesOf(value: bigint): Uint8Array {
  return fromHex(value.toString(16).padStart(64, '0')).reverse()
}
