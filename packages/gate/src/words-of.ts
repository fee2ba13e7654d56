/** Part of a text that may name something. */
export interface Word {
  /** `share`: the host of a UNC path. */
  readonly kind: 'word' | 'share'
  readonly text: string
}

/** Longer words name nothing: no address and no name is as long. */
const MAX_WORD = 512

/**
 * The runs of characters of which names and addresses are made, in order of the text, and the hosts of UNC paths. Compatible
 * forms of characters are made one, and what people write so that nobody clicks (`[.]`, `[at]`) is undone. One pass.
 *
 * @see docs/spec/gate.md, "Text"
 */
export function* wordsOf(text: string): Generator<Word, void> {
  const plain = refang(text.normalize('NFKC'))
  for (let at = 0; at < plain.length;) {
    const end = endOf(plain, at, isWordCharacter)
    if (end > at) {
      const word = trim(plain.slice(at, Math.min(end, at + MAX_WORD + 1)))
      if (word !== '' && end - at <= MAX_WORD) yield { kind: 'word', text: word }
      at = end
      continue
    }
    const slashes = endOf(plain, at, isBackslash)
    if (slashes - at >= 2) yield* shareAt(plain, at, slashes)
    at = Math.max(slashes, at + 1)
  }
}

const MARKS: readonly (readonly [string, string])[] = [
  ['[.]', '.'],
  ['(.)', '.'],
  ['[dot]', '.'],
  ['(dot)', '.'],
  ['[at]', '@'],
  ['(at)', '@'],
  ['[@]', '@'],
  ['(@)', '@'],
]

function refang(text: string): string {
  let plain = text
  for (const [mark, character] of MARKS) plain = plain.replaceAll(mark, character)
  return plain
}

/** A path starts the text or follows a blank or an opening; `C:\\` and escaped backslashes within a path do not. */
function* shareAt(text: string, start: number, host: number): Generator<Word, void> {
  const before = text.charAt(start - 1)
  const end = Math.min(endOf(text, host, isWordCharacter), host + MAX_WORD)
  const share = endOf(text, end, isBackslash)
  const isPath = share > end && isWordCharacter(text, share)
  if (end > host && isPath && (before === '' || ' \t\r\n"\'`([{<=,;'.includes(before)))
    yield { kind: 'share', text: text.slice(host, end) }
}

function endOf(text: string, from: number, belongs: (text: string, at: number) => boolean): number {
  let end = from
  while (end < text.length && belongs(text, end)) end++
  return end
}

function isBackslash(text: string, at: number): boolean {
  return text.charCodeAt(at) === 0x5c
}

function isWordCharacter(text: string, at: number): boolean {
  const character = text.charAt(at)
  return character > '\u007f' ? /[\p{L}\p{M}\p{N}]/u.test(character) : ASCII.includes(character)
}

/** Letters, digits, and what stands in names, in local parts of addresses, and in IPv6 addresses. */
const ASCII = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._%+-@:$'

/** Without the marks of a sentence around it; a leading or trailing `::` belongs to an address. */
function trim(word: string): string {
  let start = 0
  let end = word.length
  while (start < end && '.-%+@$'.includes(word.charAt(start))) start++
  while (end > start && '.-%+@$'.includes(word.charAt(end - 1))) end--
  const last = word.charAt(end - 1) === ':' && word.charAt(end - 2) !== ':' ? end - 1 : end
  return word.slice(start, last)
}
