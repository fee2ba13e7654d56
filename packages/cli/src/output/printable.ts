/**
 * Makes text from elsewhere safe to print on one line: control characters, among them the escape that begins a terminal's
 * commands, line breaks, and characters that reorder or hide what stands around them are written as `\u{…}`.
 */
export function printable(text: string): string {
  return text.replace(UNSAFE, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`)
}

/**
 * C0 and C1 controls, line and paragraph separators, bidirectional and invisible formatting, what shows as nothing, tags, unpaired
 * surrogates; not what chooses between two shapes of a character before it.
 */
const UNSAFE =
  // oxlint-disable-next-line no-control-regex
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|[\u{e0000}-\u{e007f}]|(?![\ufe00-\ufe0f])\p{Default_Ignorable_Code_Point}|\p{Surrogate}/gu
