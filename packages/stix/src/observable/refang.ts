/**
 * Undoes what people do to values so that nobody clicks them: `hxxp`, `[.]`, `(dot)`, `[:]//`, `[at]`, and
 * quotes or angle brackets around the whole. One pass for each kind of bracket.
 */
export function refang(text: string): string {
  let plain = unwrap(text.trim())
  for (const [marks, character] of MARKS) plain = plain.replaceAll(marks, character)
  const scheme = plain.slice(0, 5).toLowerCase()
  if (scheme.startsWith('hxxp') || scheme.startsWith('h**p') || scheme.startsWith('hxtp'))
    plain = `http${plain.slice(4)}`
  else if (scheme.startsWith('fxp:') || scheme.startsWith('fxp[')) plain = `ftp${plain.slice(3)}`
  return plain
}

const MARKS: readonly (readonly [RegExp, string])[] = [
  [/\[:\/\/\]|\(:\/\/\)/g, '://'],
  [/\[\.\]|\(\.\)|\{\.\}|\[dot\]|\(dot\)|\{dot\}|\[\.|\\\./gi, '.'],
  [/\[:\]|\(:\)|\[:(?=\/\/)/g, ':'],
  [/\[\/\/\]/g, '//'],
  [/\[\/\]/g, '/'],
  [/\[at\]|\(at\)|\{at\}|\[@\]|\(@\)/gi, '@'],
]

const WRAPPERS: Readonly<Record<string, string>> = { '"': '"', "'": "'", '<': '>', '`': '`' }

function unwrap(text: string): string {
  const first = text.charAt(0)
  const closes = Object.hasOwn(WRAPPERS, first) && text.length > 2 && text.endsWith(WRAPPERS[first] as string)
  return closes ? text.slice(1, -1).trim() : text
}
