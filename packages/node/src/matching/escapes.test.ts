import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { isEscape, unescapeInto } from './escapes.ts'

describe(unescapeInto, () => {
  it('gives back a text that was put into JSON, however often', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.nat(3), fc.boolean(), (text, times, isAscii) => {
        // A backslash in the text is one of how many there were, which nobody can tell.
        const plain = text.replaceAll('\\', ' ')
        let line = plain
        for (let i = 0; i < times; i++) line = isAscii ? inAscii(inJson(line)) : inJson(line)
        expect(unescaped(line)).toBe(plain)
      }),
    )
  })

  test.for([
    ['C:\\Windows\\\\System32\\', 'C:\\Windows\\System32\\'],
    ['\\u00', '\\u00'],
    ['\\x4', '\\x4'],
    ['\\u00zz \\N', '\\u00zz \\N'],
    ['\\u003C\\x3c\\\\\\u003c', '<<<'],
    ['\\ud83d \\udc7e \\ud83d\\ud83d\\udc7e', '     \u{1f47e}'],
    ['evil\\.example\\/\\"', 'evil.example/"'],
  ] as const)('reads %j', ([line, expected]) => {
    expect(unescaped(line)).toBe(expected)
  })

  it('takes any bytes, makes none longer, and reads no others', () => {
    const bytes = fc.oneof(
      fc.nat(255),
      fc.constantFrom(...Buffer.from('\\\\\\\\nux"/0aF')),
    ) as fc.Arbitrary<number>
    fc.assert(
      fc.property(fc.array(bytes, { maxLength: 30 }), fc.nat(30), (some, until) => {
        const line = Uint8Array.from(some)
        const end = Math.min(until, line.length)
        const out = new Uint8Array(end)
        const length = unescapeInto(line, 0, end, out)
        expect(length).toBeLessThanOrEqual(end)
        expect(unescapeInto(line.slice(0, end), 0, end, new Uint8Array(end))).toBe(length)
        // In its own place as well.
        expect(line.subarray(0, unescapeInto(line, 0, end, line))).toEqual(out.subarray(0, length))
      }),
    )
  })
})

describe(isEscape, () => {
  test.for([
    ['\\nevil.example', true],
    ['\\t2001:db8::7', true],
    ['\\b::7', true],
    ['\\r+joe@post.example', true],
    ['\\u003c', true],
    ['\\x22', true],
    ['\\/', true],
    ['\\.', true],
    // Nothing stands beside them that could be taken for a part of them.
    ['\\n"', false],
    ['\\n', false],
    ['\\n ', false],
    ['\\"evil.example', false],
    ['\\\\', false],
    ['\\Windows', false],
    ['\\u003', false],
    ['\\', false],
  ] as const)('%j: %j', ([text, expected]) => {
    const line = Buffer.from(`${text}`)
    expect(isEscape(line, 0, line.length)).toBe(expected)
    // What follows the line is not of it.
    expect(isEscape(Buffer.concat([line, Buffer.from('cevil')]), 0, line.length)).toBe(expected)
  })
})

function unescaped(line: string): string {
  const bytes = Buffer.from(line)
  const out = new Uint8Array(bytes.length)
  return Buffer.from(out.subarray(0, unescapeInto(bytes, 0, bytes.length, out))).toString()
}

function inJson(text: string): string {
  return JSON.stringify(text).slice(1, -1)
}

function inAscii(text: string): string {
  return text.replace(/[\u0080-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
}
