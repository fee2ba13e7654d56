import { createScanner } from './create-scanner.ts'
import { createLineReader } from './line-reader.ts'
import type { Match } from './match.ts'
import type { ValueFilter } from './value-filter.ts'

/** Something known in a line. */
export interface LineMatch extends Match {
  /** Counted from 1. */
  readonly line: number
}

/** What came of some more lines. */
export interface MatchedLines {
  readonly matches: readonly LineMatch[]
  /** Lines so far. */
  readonly lines: number
  /** Of those, lines that were longer than a line may be (1 MiB), and of which the rest was not looked at. */
  readonly cut: number
}

/** Finds what is known in a text that comes in pieces. */
export interface LineMatcher {
  push(piece: Uint8Array): MatchedLines
  /** Takes what stands behind the last line break for a line. */
  end(): MatchedLines
}

/** A matcher that works where it is called. */
export function createLineMatcher(filter: ValueFilter): LineMatcher {
  const scan = createScanner(filter)
  let matches: LineMatch[] = []
  const reader = createLineReader((bytes, start, end, line) => {
    for (const match of scan(bytes, start, end)) matches.push({ line, ...match })
  })

  function taken(): MatchedLines {
    const found = matches
    matches = []
    return { matches: found, lines: reader.lines, cut: reader.cut }
  }

  return {
    push(piece) {
      reader.push(piece)
      return taken()
    },
    end() {
      reader.end()
      return taken()
    },
  }
}
