import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { isJsonObject } from '../json/json-value.ts'
import type { JsonObject } from '../json/json-value.ts'
import { OBSERVABLE_TYPES } from '../observable/observable.ts'
import { observablesOf } from '../observable/observables-of.ts'
import type { StixObject } from '../stix-object.ts'
import { validateObject } from '../validate/validate-object.ts'
import type { InputOptions } from './input-reader.ts'
import { readInput } from './read-input.ts'

const utf8 = new TextEncoder()

function read(text: string, options: Partial<InputOptions> = {}): readonly string[] {
  return readBytes(utf8.encode(text), options)
}

function readBytes(bytes: Uint8Array, options: Partial<InputOptions> = {}): readonly string[] {
  let count = 0
  const uuid = () => `0c7b5b88-8ff7-4a4d-aa9d-${(count++).toString(16).padStart(12, '0')}`
  return Array.from(readInput(bytes, { name: 'x', now: Date.UTC(2026, 0, 1), uuid, ...options }), (item) => {
    const place = item.line ?? item.index ?? ''
    if ('refused' in item) return `${place} ${item.refused.code}`
    const [found] = observablesOf(item.object as StixObject).observables
    return found === undefined ? `${place} ${idOf(item.object)}` : `${place} ${found.type} ${found.value}`
  })
}

function idOf({ id }: JsonObject): string {
  return typeof id === 'string' ? id : 'none'
}

describe(readInput, () => {
  it('reads plain lists of every kind', () => {
    const list = [
      '\ufeff# comment',
      '; comment',
      '// comment',
      '',
      '  1.2.3[.]4  ',
      '1.2.3.4:8080',
      '10.0.0.0/8',
      'hxxps://evil[.]com/a#b',
      'evil.com # why',
      '0.0.0.0 a.evil.com b.evil.com',
      '127.0.0.1\tc.evil.com',
      'd41d8cd98f00b204e9800998ecf8427e',
      '::1',
      'joe@evil.com,',
      '198.51.100.3\tIntel::ADDR\tx',
      '"evil.org"',
      'what is this?',
      '/path/only',
    ]
    const wanted = [
      '5 ipv4 1.2.3.4',
      '6 ipv4 1.2.3.4',
      '7 cidr 10.0.0.0/8',
      '8 url https://evil.com/a',
      '9 domain evil.com',
      '10 domain a.evil.com',
      '10 domain b.evil.com',
      '11 domain c.evil.com',
      '12 md5 d41d8cd98f00b204e9800998ecf8427e',
      '13 ipv6 ::1',
      '14 email joe@evil.com',
      '15 ipv4 198.51.100.3',
      '16 domain evil.org',
      '17 INPUT_VALUE_UNRECOGNISED',
      '18 INPUT_VALUE_UNRECOGNISED',
    ]
    expect(read(list.join('\r\n'))).toEqual(wanted)
    expect(read(list.join('\n'))).toEqual(wanted)
    expect(read('[.]x')).toEqual(['1 INPUT_VALUE_UNRECOGNISED'])
  })

  it('reads CSV by header, with details', () => {
    const csv =
      'first_seen,Type,IOC,tags,confidence,comment,valid_until\n2025-01-02 03:04:05,ip:port,"1.2.3.4:80","a;b",70,"said ""x"",\nand y",2027-01-01\n'
    const [item] = readInput(utf8.encode(csv), {
      name: 'feed.csv',
      now: 0,
      uuid: () => '0c7b5b88-8ff7-4a4d-aa9d-feb398cd0061',
    })
    expect(item).toMatchObject({
      line: 2,
      object: {
        pattern: "[ipv4-addr:value = '1.2.3.4']",
        valid_from: '2025-01-02T03:04:05.000Z',
        valid_until: '2027-01-01T00:00:00.000Z',
        confidence: 70,
        labels: ['a', 'b'],
        description: 'said "x",\nand y',
      },
    })
  })

  test.for([
    ['value;type\nE.exe;file-name\nAS1;asn', ['2 file-name e.exe', '3 asn 1']],
    ['ip\tport\n1.2.3.4\t80', ['2 ipv4 1.2.3.4']],
    ['domain,confidence\nevil.com,200\nevil.org,\n', ['2 INPUT_COLUMN_INVALID', '3 domain evil.org']],
    ['domain,first_seen\nevil.com,yesterday', ['2 INPUT_COLUMN_INVALID']],
    ['domain,valid_until\nevil.com,2001-01-01', ['2 INPUT_COLUMN_INVALID']],
    ['sha256,name\nabc,x', ['2 INPUT_VALUE_UNRECOGNISED']],
    ['name,age\nx,1', ['INPUT_COLUMN_INVALID']],
    ['value\n"open', ['INPUT_CSV_SYNTAX']],
    ['2026-07-10,url,http://evil.com', ['INPUT_COLUMN_INVALID']],
  ] as const)('reads or refuses CSV %j', ([csv, wanted]) => {
    expect(read(csv, { format: 'csv' }).map((line) => line.trimStart())).toEqual(wanted)
  })

  it('takes columns by name and by number', () => {
    expect(read('x,evil.com\ny,evil.org', { format: 'csv', columns: { value: 2 } })).toEqual([
      '1 domain evil.com',
      '2 domain evil.org',
    ])
    expect(read('A,B\nx,evil.org', { format: 'csv', columns: { value: 'b' } })).toEqual(['2 domain evil.org'])
    expect(read('A,B\nx,evil.org', { format: 'csv', columns: { value: 'c' } })).toEqual([
      ' INPUT_COLUMN_INVALID',
    ])
    expect(read('A,B\nx,evil.org', { format: 'csv', columns: { type: 1 } })).toEqual([
      ' INPUT_COLUMN_INVALID',
    ])
  })

  const tool = (n: number): string => `{"type":"tool","id":"tool--${n}"}`
  test.for([
    [tool(1), [' tool--1']],
    [
      `{"type":"bundle","id":"bundle--1","objects":[${tool(1)},${tool(2)},7]}`,
      ['0 tool--1', '1 tool--2', '2 STIX_NOT_AN_OBJECT'],
    ],
    [`[${tool(1)},{"type":"bundle","id":"b","objects":[${tool(2)}]}]`, ['0 tool--1', '1 tool--2']],
    [`{"more":false,"objects":[${tool(1)}]}`, ['0 tool--1']],
    ['{"type":"bundle","id":"bundle--1"}', [' INPUT_EMPTY']],
    ['[]', [' INPUT_EMPTY']],
    [`${tool(1)}\n{"type":\n${tool(3)}\n\n`, ['1 tool--1', '2 JSON_SYNTAX', '3 tool--3']],
    ['{"type":"tool",\n"id":"tool--9"}', [' tool--9']],
    ['{"type":"tool","type":"tool"}', [' JSON_DUPLICATE_NAME']],
    ['', [' INPUT_EMPTY']],
    ['\ufeff \n', [' INPUT_EMPTY']],
  ] as const)('reads or refuses JSON %j', ([text, wanted]) => {
    expect(read(text)).toEqual(wanted)
  })

  it('follows the format that is asked for, or the name', () => {
    expect(read(`${tool(1)}\n`, { format: 'ndjson' })).toEqual(['1 tool--1'])
    expect(read(tool(1), { format: 'list' })).toEqual(['1 INPUT_VALUE_UNRECOGNISED'])
    expect(read('1.2.3.4', { name: 'x.json' })).toEqual([' JSON_SYNTAX'])
    expect(read('1.2.3.4\n', { format: 'stix' })).toEqual([' JSON_SYNTAX'])
    expect(read('ip\n1.2.3.4', { name: 'X.CSV' })).toEqual(['2 ipv4 1.2.3.4'])
  })

  it('refuses what is too long, and bytes that are no text', () => {
    expect(read(`${'x'.repeat(20_000)}\n1.2.3.4`)).toEqual(['1 INPUT_LINE_TOO_LONG', '2 ipv4 1.2.3.4'])
    expect(read(`{}\n"${'x'.repeat(5_000_000)}"`, { format: 'ndjson' })).toEqual([
      '1 none',
      '2 INPUT_LINE_TOO_LONG',
    ])
    expect(read(`value\n"${'x'.repeat(200_000)}"`, { format: 'csv' })).toEqual([' INPUT_CSV_SYNTAX'])
    expect(readBytes(Uint8Array.of(0xff, 0xfe, 0x31, 0))).toEqual([' JSON_UTF8_INVALID'])
  })

  it('never throws, and makes only valid indicators', () => {
    const pieces = fc.constantFrom(
      '1.2.3.4',
      'evil.com',
      'http://e.com/',
      'value',
      'type',
      ',',
      ';',
      '\t',
      '"',
      '\n',
      '\r\n',
      '{',
      '}',
      '[',
      ']',
      ':',
      '#',
      ' ',
      "'",
      '\\',
    )
    const formats = fc.constantFrom('auto', 'stix', 'ndjson', 'csv', 'list' as const)
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 40 }), formats, (parts, format) => {
        const uuid = () => '0c7b5b88-8ff7-4a4d-aa9d-feb398cd0061'
        for (const item of readInput(utf8.encode(parts.join('')), {
          name: 'x',
          now: 0,
          uuid,
          format: format as 'auto',
        })) {
          if ('object' in item && item.object['type'] === 'indicator')
            expect(validateObject(item.object)).toEqual([])
          if ('object' in item) expect(isJsonObject(item.object)).toBe(true)
        }
      }),
      { numRuns: 1000 },
    )
  })
})

describe('OBSERVABLE_TYPES', () => {
  it('lists each type once', () => {
    expect(new Set(OBSERVABLE_TYPES).size).toBe(OBSERVABLE_TYPES.length)
  })
})
