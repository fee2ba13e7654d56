import { MAX_LINE } from './create-scanner.ts'

/**
 * Takes a line without its end; the bytes are good for the time of the call. It is told whether the line was longer than a line may
 * be, and its rest left out, and says whether more may follow now.
 */
export type TakeLine = (bytes: Uint8Array, start: number, end: number, isCut: boolean) => boolean

/** Cuts bytes into lines, in memory that is bounded whatever they are. */
export interface LineReader {
  /** @returns what is left of the piece: nothing, unless no more lines were to follow */
  push(piece: Uint8Array): Uint8Array
  /** Takes what stands behind the last line break for a line. */
  end(): void
}

/** A reader that gives each line to `take`. */
export function createLineReader(take: TakeLine): LineReader {
  const held = new Uint8Array(MAX_LINE)
  let length = 0
  let isCut = false

  function hold(piece: Uint8Array, start: number, end: number): void {
    const room = Math.min(end - start, MAX_LINE - length)
    held.set(piece.subarray(start, start + room), length)
    length += room
    isCut ||= room < end - start
  }

  function close(bytes: Uint8Array, start: number, end: number): boolean {
    const mayGoOn = take(bytes, start, Math.min(end, start + MAX_LINE), isCut || end - start > MAX_LINE)
    length = 0
    isCut = false
    return mayGoOn
  }

  return {
    push(bytes) {
      // Of one kind: the scanner is fast on what is always the same.
      const piece = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length)
      let start = 0
      for (;;) {
        const end = piece.indexOf(NEWLINE, start)
        if (end < 0) break
        const isWhole = length === 0
        if (!isWhole) hold(piece, start, end)
        const mayGoOn = isWhole ? close(piece, start, end) : close(held, 0, length)
        start = end + 1
        if (!mayGoOn) return piece.subarray(start)
      }
      if (start < piece.length) hold(piece, start, piece.length)
      return NOTHING
    },
    end() {
      if (length > 0) close(held, 0, length)
    },
  }
}

const NEWLINE = 0x0a
const NOTHING = new Uint8Array()
