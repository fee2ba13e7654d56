import { deflateSync, inflateSync } from 'node:zlib'
import {
  packStatuses,
  parseSign1,
  sealSign1,
  type Status,
  STATUS_LIST,
  STATUSES,
  toHex,
  unpackStatuses,
  type Zlib,
} from '@intelmesh/protocol'
import { decode } from 'cborg'
import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { codeFrom } from './code-from.ts'
import { readData } from '../data/data.ts'
import { OPERATOR } from './authority.ts'

const zlib: Zlib = {
  deflate: (bytes) => deflateSync(bytes, { level: 9 }),
  inflate: (bytes, maxOutputLength) => inflateSync(bytes, { maxOutputLength }),
}

describe(packStatuses, () => {
  it('is unpacked again, index by index', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...STATUSES), { minLength: 1, maxLength: 200 }), (statuses) => {
        const bits = unpackStatuses(zlib, packStatuses(zlib, statuses))
        expect(statuses.map((_, index) => bits.statusAt(index))).toEqual(statuses)
        expect(codeFrom(() => bits.statusAt(Math.ceil(statuses.length / 4) * 4))).toBe('STATUS_INDEX_RANGE')
      }),
    )
  })

  test.for([-1, 0.5, Number.NaN, 2 ** 53])('has no status at %d', (index) => {
    const bits = unpackStatuses(zlib, packStatuses(zlib, ['valid', 'invalid']))
    expect(codeFrom(() => bits.statusAt(index))).toBe('STATUS_INDEX_RANGE')
  })
})

describe(unpackStatuses, () => {
  it('does not inflate beyond a million statuses', () => {
    expect(codeFrom(() => unpackStatuses(zlib, deflateSync(new Uint8Array(250_000))))).toBe('NOTHING_THROWN')
    expect(codeFrom(() => unpackStatuses(zlib, deflateSync(new Uint8Array(250_001))))).toBe(
      'STATUS_LIST_MISMATCH',
    )
    expect(codeFrom(() => unpackStatuses(zlib, deflateSync(new Uint8Array(2 ** 24))))).toBe(
      'STATUS_LIST_MISMATCH',
    )
  })

  it('refuses what is no zlib stream', () => {
    expect(codeFrom(() => unpackStatuses(zlib, Uint8Array.of(1, 2, 3)))).toBe('STATUS_LIST_MISMATCH')
  })
})

const published = encodedOf('status_list_encoding2_cbor')

describe.skipIf(published === undefined)('published status lists', () => {
  it('of two bits are read, and packed into the same bytes', () => {
    const list = listOf(published ?? '', 2)
    // 0xc9, 0x44, 0xf9, the lowest two bits of each byte first.
    const numbers = [1, 2, 0, 3, 0, 1, 0, 1, 1, 2, 3, 3]
    const statuses = numbers.map((number) => STATUSES[number] as Status)
    const bits = unpackStatuses(zlib, list)
    expect(numbers.map((_, index) => bits.statusAt(index))).toEqual(statuses)
    expect(toHex(packStatuses(zlib, statuses))).toBe(toHex(list))
  })

  it('of one bit are no lists of the mesh, though their stream inflates to what is published', () => {
    const list = listOf(encodedOf('status_list_encoding_cbor') ?? '', 1)
    expect(toHex(inflateSync(list))).toBe('b9a3')
    const claims = new Map<number, unknown>([
      [2, 'urn:x'],
      [6, 1],
      [
        65533,
        new Map<string, unknown>([
          ['bits', 1],
          ['lst', list],
        ]),
      ],
    ]) // one bit a status
    expect(codeFrom(() => STATUS_LIST.payload.decode(claims as never, 'list'))).toBe('STATUS_LIST_MISMATCH')
  })
})

describe('a status list token', () => {
  it('is read back, also where a million statuses do not compress', async () => {
    let seed = 1
    const noise = Array.from(
      { length: 1_000_000 },
      () => STATUSES[((seed = (seed * 48_271) % 0x7fff_ffff) >> 8) % 4] as Status,
    )
    const list = packStatuses(zlib, noise)
    const token = { subject: 'urn:intelmesh:status:00', issuedAt: 1, list }
    const parsed = parseSign1(STATUS_LIST, await sealSign1(STATUS_LIST, token, OPERATOR.signer))
    expect(parsed.claims).toEqual({ ...token, list: new Uint8Array(list) })
    expect(list.length).toBeGreaterThan(249_000)
  })
})

function encodedOf(name: string): string | undefined {
  const text = new TextDecoder().decode(readData(`crypto/status-list/${name}.md`))
  return /encoded:\s*([0-9a-f]+)/.exec(text)?.[1]
}

function listOf(hex: string, bits: number): Uint8Array {
  // What is published has its keys in another order than the deterministic one.
  const claim = decode(Buffer.from(hex, 'hex'), { useMaps: true }) as ReadonlyMap<string, unknown>
  expect(claim.get('bits')).toBe(bits)
  return new Uint8Array(claim.get('lst') as Uint8Array)
}
