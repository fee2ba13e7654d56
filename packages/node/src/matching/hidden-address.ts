import { addressPad, hideAddress, type ValueKey } from '../store/sidecar/value-hash.ts'

/** Makes pseudonyms of addresses, as {@link hideAddress} does, for very many of them. */
export interface AddressHider {
  /** The address to hide: the caller writes it here. */
  readonly address: Uint8Array
  /** Its pseudonym. */
  readonly hidden: Uint8Array
  hide(length: 4 | 16): void
}

/** What hides a byte follows from those before it: for the first three of IPv4 it is kept for all, for the last one for many. */
export function createAddressHider(key: ValueKey): AddressHider {
  const address = new Uint8Array(16)
  const hidden = new Uint8Array(16)
  const first = addressPad(key, address, 0, 4, 0)
  /** For each first byte, and for each two: the pad, and whether it is known. */
  const second = new Uint16Array(256)
  const third = new Uint16Array(65_536)
  const networks = new Uint32Array(PLACES).fill(NO_NETWORK)
  const fourth = new Uint8Array(PLACES)

  function kept(pads: Uint16Array, at: number, place: number): number {
    const known = pads[at] as number
    if (known !== 0) return known & 0xff
    const pad = addressPad(key, address, 0, 4, place)
    pads[at] = KNOWN | pad
    return pad
  }

  function lastPad(network: number): number {
    const at = Math.imul(network, 0x9e3779b1) >>> SHIFT
    if (networks[at] !== network) {
      networks[at] = network
      fourth[at] = addressPad(key, address, 0, 4, 3)
    }
    return fourth[at] as number
  }

  return {
    address,
    hidden,
    hide(length) {
      if (length === 16) return hideAddress(key, address, 0, 16, hidden)
      const a = address[0] as number
      const b = address[1] as number
      const c = address[2] as number
      hidden[0] = a ^ first
      hidden[1] = b ^ kept(second, a, 1)
      hidden[2] = c ^ kept(third, (a << 8) | b, 2)
      hidden[3] = (address[3] as number) ^ lastPad((a << 16) | (b << 8) | c)
    },
  }
}

const KNOWN = 0x100
/** A power of two: 40 KiB. */
const PLACES = 8192
const SHIFT = 19
/** Networks have 24 bits. */
const NO_NETWORK = 0xffffffff
