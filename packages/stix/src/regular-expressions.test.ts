import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it, test } from 'vitest'

/** The packages that read what others wrote. */
const SOURCES = ['./', '../../gate/src/'].map((path) => new URL(path, import.meta.url))
const files = SOURCES.flatMap((source) =>
  readdirSync(source, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
    .map((name) => [name, withoutComments(readFileSync(new URL(name, source), 'utf8'))] as const),
)
const expressions = files.flatMap(([name, text]) =>
  literalsIn(text).map((literal) => [name, literal] as const),
)

describe('regular expressions of this package and of the gate', () => {
  it('reads every source file, generated ones included', () => {
    expect(files.map(([name]) => name)).toEqual(
      expect.arrayContaining(['generated/shapes.ts', 'words-of.ts']),
    )
    expect(literalsIn('const a = x.replace(/a\\/b[/]c/gi, y) / 2 / z')).toEqual(['/a\\/b[/]c/gi'])
    expect(literalsIn("const url = 'https://a/b' + `c/d/e`")).toEqual([])
    expect(expressions.length).toBeGreaterThan(5)
  })

  it('are never built from text', () => {
    for (const [name, text] of files) expect(text.includes('RegExp('), name).toBe(false)
  })

  test.for(expressions)('%s: %s repeats nothing that repeats', ([, literal]) => {
    // Exponential time takes a repeated group with a repetition or a choice in it; polynomial time two
    // unbounded repetitions in a row. These have at most one, over single characters.
    const body = literal
      .slice(1, literal.lastIndexOf('/'))
      .replaceAll(/\\./g, 'x')
      .replaceAll(/\[[^\]]*\]/g, 'x')
    expect(body).not.toMatch(/\)[*+{]/)
    expect(body.match(/[*+]|\{\d+,\}/g)?.length ?? 0).toBeLessThan(2)
    expect(/[*+]/.test(body) && !body.startsWith('^')).toBe(false)
  })

  test.for(expressions)('%s: %s answers on attack strings', ([, literal]) => {
    const slash = literal.lastIndexOf('/')
    const expression = new RegExp(literal.slice(1, slash), literal.slice(slash + 1))
    const pieces = [
      'a',
      '0',
      ' ',
      '[',
      '[.',
      '(.',
      '[:',
      ':',
      '-',
      '.',
      '\\',
      '/',
      ',',
      '<',
      '00',
      'a-',
      '\t',
      '\u00e9',
    ]
    for (const attack of pieces.map((piece) => piece.repeat(100_000))) {
      for (const text of [attack, `${attack}!`, `!${attack}`])
        expect(typeof text.replace(expression, '')).toBe('string')
    }
  })
})

function withoutComments(text: string): string {
  return text.replaceAll(/^\s*(\/?\*.*|\/\/.*)$/gm, '')
}

/** Regular expression literals: a slash where an operand may start, up to the closing slash outside a class. */
function literalsIn(text: string): readonly string[] {
  const found: string[] = []
  for (let at = 0; at < text.length; at++) {
    const character = text.charAt(at)
    if (character === "'" || character === '"' || character === '`') at = endOfString(text, at, character)
    else if (
      character === '/' &&
      /[(,=:[!&|?{};\n]\s*$|return\s*$/.test(text.slice(Math.max(0, at - 20), at))
    ) {
      const end = endOfLiteral(text, at)
      found.push(text.slice(at, end))
      at = end - 1
    }
  }
  return found
}

function endOfString(text: string, from: number, quote: string): number {
  let at = from + 1
  while (at < text.length && text[at] !== quote) at += text[at] === '\\' ? 2 : 1
  return at
}

function endOfLiteral(text: string, from: number): number {
  let inClass = false
  let at = from + 1
  for (; text[at] !== '/' || inClass; at++) {
    if (text[at] === '\\') at++
    else if (text[at] === '[') inClass = true
    else if (text[at] === ']') inClass = false
  }
  at++
  while (/[a-z]/.test(text.charAt(at))) at++
  return at
}
