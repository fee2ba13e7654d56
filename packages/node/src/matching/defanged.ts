/** What people write so that nobody clicks a value, and what it stands for, as `refang` reads it. A mark that begins another one comes after it. */
const MARKS: readonly (readonly [mark: string, character: string])[] = [
  ['[://]', '://'],
  ['(://)', '://'],
  ...['[.]', '(.)', '{.}', '[dot]', '(dot)', '{dot}', '[.'].map((mark) => [mark, '.'] as const),
  ...['[//]'].map((mark) => [mark, '//'] as const),
  ...['[:]', '(:)', '[:'].map((mark) => [mark, ':'] as const),
  ...['[at]', '(at)', '{at}', '[@]', '(@)'].map((mark) => [mark, '@'] as const),
  ['[/]', '/'],
]

/** Marks by their first byte. */
const MARKS_FROM: ReadonlyMap<number, readonly (readonly [mark: Buffer, bytes: Buffer])[]> = Map.groupBy(
  MARKS.map(([mark, character]) => [Buffer.from(mark), Buffer.from(character)] as const),
  ([mark]) => mark[0] as number,
)

/** 1 for what may be the second byte of a mark. */
const SECOND: Uint8Array = Uint8Array.from({ length: 256 }, (_, byte) =>
  MARKS.some(([mark]) => mark.charCodeAt(1) === (byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte)) ? 1 : 0,
)

/** Whether a mark of a defanged value begins at `at`. */
export function isMark(bytes: Uint8Array, at: number, end: number): boolean {
  return markAt(bytes, at, end) !== undefined
}

/**
 * Copies a line with its values as they were before they were defanged.
 *
 * @param out may be `bytes`, if `start` is 0
 * @returns the length of the copy, which is never longer
 */
export function refangInto(bytes: Uint8Array, start: number, end: number, out: Uint8Array): number {
  let length = 0
  for (let i = start; i < end;) {
    const found = markAt(bytes, i, end)
    if (found === undefined) {
      out[length++] = bytes[i++] as number
      continue
    }
    const [mark, meant] = found
    for (const byte of meant) out[length++] = byte
    i += mark.length
  }
  return length
}

function markAt(bytes: Uint8Array, at: number, end: number): readonly [Buffer, Buffer] | undefined {
  if (SECOND[bytes[at + 1] as number] !== 1) return undefined
  return MARKS_FROM.get(bytes[at] as number)?.find(([mark]) => {
    if (at + mark.length > end) return false
    for (let i = 1; i < mark.length; i++) {
      const byte = bytes[at + i] as number
      if ((byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte) !== mark[i]) return false
    }
    return true
  })
}
