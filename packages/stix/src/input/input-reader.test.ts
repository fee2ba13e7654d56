import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { createRowCutter } from './csv-rows.ts'
import { createInputReader } from './input-reader.ts'
import type { InputOptions } from './input-reader.ts'
import { createLineCutter } from './line-cutter.ts'
import { readInput } from './read-input.ts'

const utf8 = new TextEncoder()

describe(createInputReader, () => {
  const uuid = () => '0c7b5b88-8ff7-4a4d-aa9d-feb398cd0061'

  /** Cuts bytes at the given places, which need not be in order. */
  function pieces(bytes: Uint8Array, cuts: readonly number[]): readonly Uint8Array[] {
    const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length].toSorted((a, b) => a - b)
    return places.slice(1).map((end, i) => bytes.subarray(places[i], end))
  }

  function readPieces(parts: readonly Uint8Array[], options: Partial<InputOptions> = {}) {
    const reader = createInputReader({ name: 'x', now: 0, uuid, ...options })
    // What was handed over belongs to the caller again, who may reuse it.
    const items = parts.flatMap((part) => {
      const lent = part.slice()
      const found = reader.push(lent)
      lent.fill(0)
      return found
    })
    return [...items, ...reader.end()]
  }

  it('gives the same items wherever the pieces are cut', () => {
    const words = [
      '1.2.3.4',
      'evil.com',
      'bücher.example',
      '\u{1f600}',
      'value,note',
      'ip\tport',
      '"a ""b"",',
    ]
    const marks = [
      '"',
      ',',
      ';',
      '\t',
      '\n',
      '\n\n',
      '\r\n',
      '\r',
      '#',
      ' ',
      '[',
      '[.',
      '{}',
      '{"objects":[{"a":"é"}]}',
    ]
    const text = fc.constantFrom(...words, ...marks)
    const junk = fc.constantFrom([0xff], [0xc3], [0xe2, 0x82], [0xed, 0xa0, 0x80], [0xef, 0xbb, 0xbf])
    const parts = fc.array(
      fc.oneof(
        { weight: 30, arbitrary: text.map((word) => [...utf8.encode(word)]) },
        { weight: 1, arbitrary: junk },
      ),
      { maxLength: 40 },
    )
    const format = fc.constantFrom('auto', 'ndjson', 'csv', 'list', 'stix' as const)
    const name = fc.constantFrom('x', 'x.csv', 'x.json')
    fc.assert(
      fc.property(parts, fc.array(fc.nat()), format, name, (chosen, cuts, asked, file) => {
        const bytes = Uint8Array.from(chosen.flat())
        const options = { format: asked as 'auto', name: file, columns: undefined as never }
        expect(readPieces(pieces(bytes, cuts), options)).toEqual(readPieces([bytes], options))
      }),
      { numRuns: 3000 },
    )
  })

  it('finds the same fault first where bytes that are no text follow a quote', () => {
    for (const text of ['"a ""b"",\n\n"a ""b"",', 'value,note\n"a"b']) {
      const bytes = Uint8Array.of(...utf8.encode(text), 0xed, 0xa0, 0x80, ...utf8.encode('1.2.3.4'))
      const whole = readPieces([bytes], { format: 'csv' })
      for (let cut = 0; cut <= bytes.length; cut++)
        expect(readPieces(pieces(bytes, [cut]), { format: 'csv' })).toEqual(whole)
    }
  })

  test.for([
    ['a list that begins with blanks', `${' \n'.repeat(40_000)}{"a.example"`, 'list'],
    ['a JSON list behind blanks', `${' \n'.repeat(20_000)}[7]`, 'stix'],
    ['CSV in a long first line', `value,${'x'.repeat(70_000)}\na.example,1`, 'csv'],
    ['a long line of JSON, and another', `{"a":"${'x'.repeat(100_000)}"}\n{}\n`, 'ndjson'],
    ['a text of JSON in more than a line of NDJSON may have', `{"a":"${'x'.repeat(5_000_000)}"}\n\n`, 'stix'],
  ] as const)('tells %s the same in pieces', ([, text]) => {
    const bytes = utf8.encode(text)
    const whole = readPieces([bytes])
    const cuts = Array.from({ length: bytes.length / 65_536 }, (_, i) => i * 65_536)
    expect(readPieces(pieces(bytes, cuts))).toEqual(whole)
    expect(whole).toEqual([...readInput(bytes, { name: 'x', now: 0, uuid })])
  })

  it('gives lines as soon as they are complete, and marks what is made of a value', () => {
    const reader = createInputReader({ name: 'x', now: 0, uuid })
    const push = (text: string) =>
      reader.push(utf8.encode(text)).map((item) => [item.line, 'isValue' in item])
    expect(push('a.exam')).toEqual([])
    expect(push('ple\nb.example\n! !')).toEqual([
      [1, true],
      [2, true],
    ])
    expect(push('\nc.example')).toEqual([[3, false]])
    expect(reader.end().map(({ line }) => line)).toEqual([4])
  })

  it('reads what comes before bytes that are no text, and nothing after', () => {
    const bytes = Uint8Array.of(...utf8.encode('a.example\nb.example'), 0xff, ...utf8.encode('\nc.example\n'))
    expect(readPieces([bytes])).toMatchObject([{ line: 1 }, { refused: { code: 'JSON_UTF8_INVALID' } }])
  })

  it('keeps little of a text without line ends', () => {
    const reader = createInputReader({ name: 'x', now: 0, uuid, format: 'list' })
    const piece = utf8.encode('x'.repeat(65_536))
    for (let i = 0; i < 200; i++) expect(reader.push(piece)).toEqual([])
    expect(reader.end()).toMatchObject([{ line: 1, refused: { code: 'INPUT_LINE_TOO_LONG' } }])
  })

  it('refuses a document and a record that are too long', () => {
    const piece = utf8.encode('"'.padEnd(1_048_576, 'x'))
    const codeOf = (format: 'stix' | 'csv', count: number) => {
      const reader = createInputReader({ name: 'x', now: 0, uuid, format })
      const items = Array.from({ length: count }, () => reader.push(piece)).flat()
      return [...items, ...reader.end()].map((item) => ('refused' in item ? item.refused.code : 'read'))
    }
    expect(codeOf('stix', 65)).toEqual(['JSON_TOO_LARGE'])
    expect(codeOf('csv', 2)).toEqual(['INPUT_CSV_SYNTAX'])
  })
})

describe(createRowCutter, () => {
  it('reads what RFC 4180 writes, in pieces too', () => {
    const cell = fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', '\r', ' ', 'é') })
    const rows = fc.array(fc.array(cell, { minLength: 2, maxLength: 4 }), { maxLength: 5 })
    fc.assert(
      fc.property(rows, fc.integer({ min: 1, max: 9 }), (wanted, size) => {
        const lines = wanted.map((row) => row.map((value) => `"${value.replaceAll('"', '""')}"`).join(','))
        const text = lines.join('\r\n')
        const cutter = createRowCutter(',')
        const found = []
        for (let i = 0; i < text.length; i += size) found.push(...cutter.push(text.slice(i, i + size)))
        found.push(...cutter.end())
        expect(found.map(({ cells }) => cells)).toEqual(wanted)
        const starts = lines.map(
          (_, i) =>
            lines
              .slice(0, i)
              .join('\n')
              .split(/\r\n|\r|\n/).length + (i > 0 ? 1 : 0),
        )
        expect(found.map(({ line }) => line)).toEqual(starts)
      }),
    )
  })
})

describe(createLineCutter, () => {
  it('cuts at every kind of line end, and keeps the beginning of a line that is too long', () => {
    const cutter = createLineCutter(3)
    const lines = ['a\nb\r', '\nc\rd', 'efgh\n'].flatMap((text) => [...cutter.push(text)])
    expect([...lines, ...cutter.end()].map(({ line, content }) => `${line}${content}`)).toEqual([
      '1a',
      '2b',
      '3c',
      '4defg',
      '5',
    ])
  })
})
