import { isBase64 } from '../base64.ts'
import { isHex } from '../hex.ts'
import { isTimestampShaped } from '../timestamp.ts'

/** True if what stands between the quotes of a `t`, `h` or `b` constant has the form of one. @see STIX 2.1 §9.2 */
export function isConstant(kind: string, text: string): boolean {
  if (kind === 'hex') return text.length % 2 === 0 && (text === '' || isHex(text))
  // The grammar asks for the shape alone: 30 February is a constant that equals nothing.
  return kind === 'binary' ? isBase64(text) : isTimestampShaped(text)
}
