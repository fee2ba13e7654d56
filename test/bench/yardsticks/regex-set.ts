import { createReadStream } from 'node:fs'

/** What was found in a file. */
export interface FoundLines {
  readonly lines: number
  /** Lines in which something is known. */
  readonly hits: number
}

/** A part of a file: from one byte on, up to and with another. */
export interface Span {
  readonly start: number
  readonly end: number
}

/**
 * Finds known values in a log file in the way that most scripts do: one regular expression over each line for all that looks like a
 * value, and a set that holds the known ones. Names are looked up with their parents, URLs with their hosts.
 *
 * @param span whole lines of the file; all of it unless given
 */
export async function matchByRegex(
  path: string,
  known: ReadonlySet<string>,
  span?: Span,
): Promise<FoundLines> {
  let lines = 0
  let hits = 0
  let rest = ''
  // Bytes as they are make strings of one byte a character, which regular expressions read fastest.
  const options = { ...span, encoding: 'latin1', highWaterMark: CHUNK_BYTES } as const
  for await (const chunk of createReadStream(path, options)) {
    const parts = (rest + (chunk as string)).split('\n')
    rest = parts.pop() ?? ''
    lines += parts.length
    for (const line of parts) if (isHit(line, known)) hits += 1
  }
  if (rest !== '') {
    lines += 1
    if (isHit(rest, known)) hits += 1
  }
  return { lines, hits }
}

const CHUNK_BYTES: number = 1024 * 1024
const URLS = 'https?://[^\\s"\'<>]+'
const NAMES = '(?:[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?\\.)+[a-z][a-z0-9-]*[a-z]'
const ADDRESSES = '\\d{1,3}(?:\\.\\d{1,3}){3}'
const DIGESTS = '(?:[0-9a-f]{64}|[0-9a-f]{40}|[0-9a-f]{32})'
const VALUE = new RegExp(`${URLS}|\\b(?:${ADDRESSES}|${NAMES}|${DIGESTS})\\b`, 'gi')

function isHit(line: string, known: ReadonlySet<string>): boolean {
  VALUE.lastIndex = 0
  for (let match = VALUE.exec(line); match !== null; match = VALUE.exec(line)) {
    const [value] = match
    if (known.has(value)) return true
    const slashes = value.indexOf('://')
    const name = (slashes < 0 ? value : hostOf(value, slashes + 3)).toLowerCase()
    for (let at = 0; at >= 0; at = name.indexOf('.', at) + 1 || -1) if (known.has(name.slice(at))) return true
  }
  return false
}

function hostOf(url: string, start: number): string {
  let end = start
  while (end < url.length && !'/:?#'.includes(url.charAt(end))) end += 1
  return url.slice(start, end)
}
