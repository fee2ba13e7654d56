/** One line, numbered from 1, without its end. */
export interface Line {
  readonly line: number
  readonly content: string
}

/** Cuts text at LF, CRLF and CR, one line at a time. */
export function* linesOf(text: string): Generator<Line, void> {
  let from = 0
  for (let line = 1; from <= text.length; line++) {
    const end = endOfLine(text, from)
    yield { line, content: text.slice(from, end) }
    from = text.startsWith('\r\n', end) ? end + 2 : end + 1
  }
}

function endOfLine(text: string, from: number): number {
  for (let at = from; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === 0x0a || code === 0x0d) return at
  }
  return text.length
}
