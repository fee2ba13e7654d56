import { toASCII } from 'tr46'

/** Longest name in text form without the final dot. @see RFC 1035 section 2.3.4 */
const MAX_NAME = 253
const MAX_LABEL = 63
/** Longer text cannot become a name; conversion to ASCII is not linear. */
const MAX_TEXT = 1024

/**
 * Writes a domain name in lower-case ASCII without the final dot. Underscores are kept, since names of
 * services and of malware use them.
 *
 * @returns undefined for text that is no name
 * @see UTS #46 (non-transitional), RFC 5890
 */
export function normaliseDomain(text: string): string | undefined {
  if (text.length > MAX_TEXT) return undefined
  const name = isAscii(text) ? text.toLowerCase() : toAscii(text)
  if (name === undefined) return undefined
  const trimmed = name.endsWith('.') ? name.slice(0, -1) : name
  return isHostName(trimmed) ? trimmed : undefined
}

function toAscii(text: string): string | undefined {
  const options = { checkBidi: true, checkHyphens: false, checkJoiners: true, useSTD3ASCIIRules: false }
  return toASCII(text, { ...options, transitionalProcessing: false, verifyDNSLength: false }) ?? undefined
}

function isHostName(name: string): boolean {
  if (name.length === 0 || name.length > MAX_NAME) return false
  const labels = name.split('.')
  return labels.every(isLabel) && !isNumber(labels.at(-1) as string)
}

function isLabel(label: string): boolean {
  if (label.length === 0 || label.length > MAX_LABEL || label.startsWith('-') || label.endsWith('-'))
    return false
  for (let i = 0; i < label.length; i++) {
    const code = label.charCodeAt(i)
    const letter = code >= 0x61 && code <= 0x7a
    const digit = code >= 0x30 && code <= 0x39
    if (!letter && !digit && code !== 0x2d && code !== 0x5f) return false
  }
  return true
}

/** A name whose last label is a number would be read as an address. @see WHATWG URL, "ends in a number" */
function isNumber(label: string): boolean {
  for (let i = 0; i < label.length; i++) {
    const code = label.charCodeAt(i)
    if (code < 0x30 || code > 0x39) return false
  }
  return true
}

function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 0x7f) return false
  return true
}
