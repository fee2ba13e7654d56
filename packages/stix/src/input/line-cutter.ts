/** One line, numbered from 1, without its end. */
export interface Line {
  readonly line: number
  readonly content: string
}

/** Cuts text that comes in pieces. What `push` and `end` give has to be used up before the next call. */
export interface LineCutter {
  push(text: string): Iterable<Line>
  /** What stands after the last line end, which may be nothing. */
  end(): Iterable<Line>
}

/**
 * Cuts at LF, CRLF and CR, wherever the pieces end. A line of more than `maxLength` characters comes as its first
 * `maxLength + 1`, so that a text without line ends takes no more memory than one line may.
 */
export function createLineCutter(maxLength: number): LineCutter {
  let pending = ''
  let line = 1
  let isAfterReturn = false

  function* cut(): Generator<Line, void> {
    const content = pending
    pending = ''
    yield { line: line++, content }
  }

  return {
    *push(text) {
      // Both halves of CRLF are one line end, also when a piece ends between them.
      let from = isAfterReturn && text.startsWith('\n') ? 1 : 0
      if (text !== '') isAfterReturn = false
      while (from < text.length) {
        const end = endOfLine(text, from)
        pending += text.slice(from, Math.min(end, from + maxLength + 1 - pending.length))
        if (end === text.length) return
        yield* cut()
        isAfterReturn = text[end] === '\r' && end + 1 === text.length
        from = text.startsWith('\r\n', end) ? end + 2 : end + 1
      }
    },
    end: cut,
  }
}

function endOfLine(text: string, from: number): number {
  for (let at = from; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === 0x0a || code === 0x0d) return at
  }
  return text.length
}
