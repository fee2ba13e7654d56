import { createScanner } from './create-scanner.ts'
import { createLineReader } from './line-reader.ts'
import type { Match } from './match.ts'
import type { ValueFilter } from './value-filter.ts'

/** Something known in a line. */
export interface LineMatch extends Match {
  /** Counted from 1, in what it is a match of. */
  readonly line: number
}

/** What came of some lines, which are counted anew each time. */
export interface MatchedLines {
  readonly matches: readonly LineMatch[]
  readonly lines: number
  /** Of those, lines that were longer than a line may be (1 MiB), and of which the rest was not looked at. */
  readonly cut: number
  /** Whether the piece holds more: {@link LineMatcher.more} is to be asked for it. */
  readonly hasMore: boolean
}

/** Finds what is known in texts that come in pieces. */
export interface LineMatcher {
  /** Looks at a piece until it is at its end, or has found some thousand matches. */
  push(piece: Uint8Array): MatchedLines
  /** Goes on with the piece that was pushed last. */
  more(): MatchedLines
  /** Takes what stands behind the last line break for a line. What is pushed then begins another. */
  end(): MatchedLines
}

/** A matcher that works where it is called. */
export function createLineMatcher(filter: ValueFilter): LineMatcher {
  const scan = createScanner(filter)
  let matches: LineMatch[] = []
  let lines = 0
  let cut = 0
  let rest: Uint8Array = new Uint8Array()
  const reader = createLineReader((bytes, start, end, isCut) => {
    lines += 1
    if (isCut) cut += 1
    for (const match of scan(bytes, start, end)) matches.push({ line: lines, ...match })
    return matches.length < MATCHES_AT_ONCE
  })

  function taken(): MatchedLines {
    const found = { matches, lines, cut, hasMore: rest.length > 0 }
    matches = []
    lines = 0
    cut = 0
    return found
  }

  function push(piece: Uint8Array): MatchedLines {
    rest = reader.push(piece)
    return taken()
  }

  return {
    push,
    more: () => push(rest),
    end() {
      reader.end()
      return taken()
    },
  }
}

/** A piece may be made of nothing but short lines that each match many times. */
const MATCHES_AT_ONCE = 2_000
