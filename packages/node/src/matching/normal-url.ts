import { CLASSES, HIGH, LOWER, WORD } from './byte-classes.ts'
import { readIpv4 } from '../store/sidecar/read-ipv4.ts'

/** What was copied of a URL. */
export interface CopiedUrl {
  /** Bytes of the copy; for a URL that was not copied, bytes of it in the line. */
  readonly length: number
  /** Where its path begins; 0 if it was not copied, since its normal form is not that simple. */
  readonly authority: number
}

/**
 * Copies a URL from a line in normal form, if no more has to be done for it than to write scheme and host in lower case, to put `/`
 * for an empty path, and to leave the fragment out. Nearly all that machines write are so, and this costs a tenth of reading them
 * in full.
 *
 * @param from where the scheme begins; `colon` where it ends
 * @param out has room for one byte more than there is from `from` to `end`
 */
export function copyNormalUrl(
  bytes: Uint8Array,
  from: number,
  colon: number,
  end: number,
  out: Uint8Array,
): CopiedUrl {
  let at = 0
  let isPlain = isUsualScheme(bytes, from)
  for (let i = from; i < colon + 3; i++) out[at++] = LOWER[bytes[i] as number] as number
  let i = colon + 3
  for (; i < end && ((CLASSES[bytes[i] as number] as number) & (WORD | HIGH)) === WORD; i++)
    out[at++] = LOWER[bytes[i] as number] as number
  const hostEnd = at
  isPlain &&=
    hostEnd > colon + 3 - from &&
    out[hostEnd - 1] !== DOT &&
    (!isLastNumeric(out, colon + 3 - from, hostEnd) || readIpv4(out, colon + 3 - from, hostEnd, QUAD))
  const next = i < end ? (bytes[i] as number) : 0
  if (next !== SLASH) {
    if (
      next !== COLON &&
      next !== QUESTION &&
      next !== HASH &&
      next !== AT &&
      next !== OPENING &&
      next < 0x80 &&
      isPlain
    ) {
      out[at] = SLASH
      return { length: at + 1, authority: hostEnd }
    }
    isPlain = false
  }
  for (; i < end; i++) {
    const kind = IN_PATH[bytes[i] as number] as number
    if (kind === ENDS) break
    if (kind === ODD) isPlain = false
    else if (kind === DOTTED && bytes[i - 1] === SLASH) isPlain = false
    out[at++] = bytes[i] as number
  }
  return isPlain ? { length: at, authority: hostEnd } : { length: i - from, authority: 0 }
}

const QUAD = new Uint8Array(4)
const DOT = 0x2e
const SLASH = 0x2f
const COLON = 0x3a
const QUESTION = 0x3f
const HASH = 0x23
const AT = 0x40
const OPENING = 0x5b

const PLAIN = 0
/** A URL ends before it: blanks, controls, quotes, angle brackets. */
const ENDS = 1
/** It is written otherwise in normal form, or leads to something that is. */
const ODD = 2
const DOTTED = 3

const IN_PATH: Uint8Array = Uint8Array.from({ length: 256 }, (_, byte) => {
  const character = String.fromCharCode(byte)
  if (byte <= 0x20 || byte === 0x7f || '"<>`'.includes(character)) return ENDS
  if (character === '.') return DOTTED
  return /[A-Za-z0-9\-_~:/?[\]@!$&'()*+,;=|]/.test(character) ? PLAIN : ODD
})

/** `http`, `https`, `ftp`, `ws` and `wss`, by a letter: others are seldom, and `hxxp` is to be written otherwise. */
function isUsualScheme(bytes: Uint8Array, from: number): boolean {
  return ((bytes[from + 1] as number) | 0x20) === 0x74 || ((bytes[from] as number) | 0x20) === 0x77
}

/** Names whose last label is a number are addresses, some of which are written in many ways. */
function isLastNumeric(bytes: Uint8Array, start: number, end: number): boolean {
  const last = bytes[end - 1] as number
  if (last < 0x30 || last > 0x39) return false
  for (let i = end - 1; i >= start && bytes[i] !== DOT; i--) {
    const byte = bytes[i] as number
    if (byte < 0x30 || byte > 0x39) return false
  }
  return true
}
