import { describe, expect, it, test } from 'vitest'
import { NOW } from '../testing/test-context.ts'
import { displayWidth, fitWidth } from './display-width.ts'
import { shellWord } from './membership.ts'
import { printable } from './printable.ts'
import { createProgress } from './progress.ts'
import { paint, type Style, styleOf } from './style.ts'
import { renderFields, renderTable } from './table.ts'

const plain: Style = { width: undefined, hasColour: false }
const columns = [{ title: 'name', least: 6 }, { title: 'tlp' }, { title: 'summary', least: 8 }]
const rows = [
  ['Bank A', { text: 'GREEN', colour: 'green' }, 'an address that was seen in an attack'],
  ['日本銀行株式会社', 'CLEAR', 'kurz'],
  ['\u001b]0;owned\u0007', 'RED', 'line\nbreak'],
] as const

describe(renderTable, () => {
  it('writes whole cells where nobody looks at the width', () => {
    expect(renderTable(columns, rows, plain)).toMatchInlineSnapshot(`
      "NAME                 TLP    SUMMARY
      Bank A               GREEN  an address that was seen in an attack
      日本銀行株式会社     CLEAR  kurz
      \\u{1b}]0;owned\\u{7}  RED    line\\u{a}break
      "
    `)
  })

  it('takes more rows than a function takes arguments', () => {
    const many = Array.from({ length: 200_000 }, () => ['x'])
    expect(renderTable([{ title: 'name' }], many, plain)).toHaveLength('NAME\n'.length + many.length * 2)
  })

  it('fits a narrow terminal, wide characters and all', () => {
    const table = renderTable(columns, rows, { width: 36, hasColour: false })
    expect(table).toMatchInlineSnapshot(`
      "NAME          TLP    SUMMARY
      Bank A        GREEN  an address tha…
      日本銀行株…   CLEAR  kurz
      \\u{1b}]0;ow…  RED    line\\u{a}break
      "
    `)
    for (const line of table.trimEnd().split('\n')) expect(displayWidth(line), line).toBeLessThanOrEqual(36)
  })

  it('colours cells where there are colours', () => {
    expect(renderTable(columns, rows.slice(0, 1), { width: undefined, hasColour: true })).toContain(
      '\u001b[32mGREEN\u001b[0m',
    )
  })

  it('keeps its three lines whatever the cells hold, at any width', () => {
    for (let width = 1; width < 90; width += 1) {
      const lines = renderTable(columns, [['a\nb', 'c\r\u2028d', '日本\u{85}👩‍👧'.repeat(9)]], {
        width,
        hasColour: false,
      }).split('\n')
      expect(lines.length, `width ${width}`).toBe(3)
    }
  })
})

describe(renderFields, () => {
  it('lines the values up', () => {
    expect(
      renderFields(
        [
          ['node', 'ab'],
          ['organisation', { text: 'x', colour: 'red' }],
        ],
        plain,
      ),
    ).toMatchInlineSnapshot(`
      "node          ab
      organisation  x
      "
    `)
  })
})

describe(printable, () => {
  test.for([
    ['a\u001b[31mred', 'a\\u{1b}[31mred'],
    ['left\u202eright', 'left\\u{202e}right'],
    ['zero\u200bwidth', 'zero\\u{200b}width'],
    ['\ud800', '\\u{d800}'],
    ['tag\u{e0041}', 'tag\\u{e0041}'],
    ['bank\u3164.example', 'bank\\u{3164}.example'],
    ['Zürich 日本 🏦', 'Zürich 日本 🏦'],
  ] as const)('%j', ([text, shown]) => {
    expect(printable(text)).toBe(shown)
  })
})

describe('printable, for every character there is', () => {
  it('lets no control, line break, reordering or invisible formatting through', () => {
    for (let code = 0; code <= 0x10ffff; code += 1) {
      const shown = printable(String.fromCodePoint(code))
      const isUnsafe = /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\p{Bidi_Control}]|(?![\ufe00-\ufe0f])\p{DI}/u.test(shown)
      if (isUnsafe) expect(shown, code.toString(16)).toBe('escaped')
    }
  })
})

describe(displayWidth, () => {
  test.for([
    ['abc', 3],
    ['日本', 4],
    ['e\u0301', 1],
    ['👨‍👩‍👧', 2],
    ['ﾊﾝｶｸ', 4],
  ] as const)('%s is %i wide', ([text, width]) => {
    expect(displayWidth(text)).toBe(width)
  })
})

describe(fitWidth, () => {
  it('never exceeds the width', () => {
    for (const text of [
      'plain ascii text',
      '日本銀行株式会社',
      'a日b本c',
      '👨‍👩‍👧👨‍👩‍👧',
      'e\u0301'.repeat(20),
      '',
    ]) {
      for (let width = 0; width < 40; width += 1) {
        expect(displayWidth(fitWidth(text, width)), `${text} in ${width}`).toBeLessThanOrEqual(width)
      }
    }
  })
})

describe(styleOf, () => {
  test.for([
    [true, {}, true],
    [false, {}, false],
    [true, { NO_COLOR: '1' }, false],
    [true, { NO_COLOR: '' }, true],
    [false, { FORCE_COLOR: '1' }, true],
    [true, { FORCE_COLOR: '0' }, false],
    [true, { TERM: 'dumb' }, false],
    [true, { NO_COLOR: '1', FORCE_COLOR: '1' }, false],
  ] as const)('on a terminal: %s, %j → colours: %s', ([isTerminal, environment, hasColour]) => {
    expect(styleOf({ isTerminal, columns: 80, write() {} }, environment)).toEqual({ width: 80, hasColour })
  })

  it('leaves text alone without colours', () => {
    expect(paint(plain, 'red', 'x')).toBe('x')
  })
})

describe(createProgress, () => {
  it('speaks on a terminal alone, after a second, and takes it back', () => {
    const written: string[] = []
    let now = NOW
    const output = { isTerminal: true, columns: 80, write: (text: string) => void written.push(text) }
    const progress = createProgress(output, () => now)
    progress.show('1 of 9')
    now += 1_000
    progress.show('2 of 9')
    progress.clear()
    expect(written).toEqual(['\r2 of 9\u001b[K', '\r\u001b[K'])
    createProgress({ ...output, isTerminal: false }, () => now).show('3 of 9')
    expect(written.length).toBe(2)
  })
})

describe(shellWord, () => {
  it('quotes what a shell would take apart', () => {
    expect(shellWord('/srv/intelmesh')).toBe('/srv/intelmesh')
    expect(shellWord("a b'c")).toBe(`'a b'\\''c'`)
  })
})
