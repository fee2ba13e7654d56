import { inputFault } from './input-item.ts'

/** Decodes UTF-8 that comes in pieces, cut anywhere. What `push` and `end` give has to be used up before the next call. */
export interface TextPieces {
  push(bytes: Uint8Array): Iterable<string>
  end(): Iterable<string>
}

/**
 * Gives text up to the first sequence that is no UTF-8, wherever the pieces end, and then throws StixError JSON_UTF8_INVALID.
 * A byte order mark at the beginning is left out: editors leave one, and in UTF-8 it says nothing.
 */
export function createTextPieces(): TextPieces {
  /** The beginning of a sequence that the last piece did not end. */
  let rest: Uint8Array = new Uint8Array()
  let isBeginning = true

  function* decode(bytes: Uint8Array): Generator<string, void> {
    const sound = soundLength(bytes)
    const text = utf8.decode(bytes.subarray(0, sound))
    yield isBeginning && text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text
    isBeginning &&= text === ''
    if (sound < bytes.length) throw inputFault('JSON_UTF8_INVALID', 'expected UTF-8 text')
  }

  return {
    *push(piece) {
      const bytes = joined(rest, piece)
      const whole = bytes.length - openLength(bytes)
      rest = bytes.slice(whole)
      yield* decode(bytes.subarray(0, whole))
    },
    end: () => decode(rest),
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const BYTE_ORDER_MARK = '\ufeff'

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  if (first.length === 0) return second
  const bytes = new Uint8Array(first.length + second.length)
  bytes.set(first)
  bytes.set(second, first.length)
  return bytes
}

/** How many bytes at the end begin a sequence that needs more. */
function openLength(bytes: Uint8Array): number {
  for (let length = 1; length <= Math.min(3, bytes.length); length++) {
    const byte = bytes[bytes.length - length] as number
    const isContinuation = byte >= 0x80 && byte < 0xc0
    if (isContinuation) continue
    const needed = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1
    return needed > length ? length : 0
  }
  return 0
}

/** How many bytes at the beginning are whole and right sequences. */
function soundLength(bytes: Uint8Array): number {
  if (isSound(bytes)) return bytes.length
  let [right, wrong] = [0, bytes.length]
  while (wrong - right > 1) {
    const middle = (right + wrong) >> 1
    if (isSound(bytes.subarray(0, middle), { stream: true })) right = middle
    else wrong = middle
  }
  return right - openLength(bytes.subarray(0, right))
}

function isSound(bytes: Uint8Array, { stream } = { stream: false }): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream })
    return true
  } catch {
    return false
  }
}
