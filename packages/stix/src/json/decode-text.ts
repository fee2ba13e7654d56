import { StixError } from '../errors.ts'

/**
 * Decodes UTF-8 and keeps a byte order mark, which no JSON text may start with.
 *
 * @throws StixError JSON_TOO_LARGE, JSON_UTF8_INVALID
 */
export function decodeText(bytes: Uint8Array, maxBytes: number): string {
  if (bytes.length > maxBytes) {
    throw new StixError('JSON_TOO_LARGE', `expected at most ${maxBytes} bytes, got ${bytes.length}`, ROOT)
  }
  try {
    return utf8.decode(bytes)
  } catch {
    throw new StixError('JSON_UTF8_INVALID', 'expected UTF-8 text', ROOT)
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const ROOT = { path: '', rule: 'RFC 8259' }
