import { CONTROL_KINDS, SYNC_SETS, TLP_LABELS } from '@intelmesh/protocol'
import { OBSERVABLE_TYPES } from '@intelmesh/stix'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ControlRow, HeaderRow, RecordRow } from './interface.ts'
import { decodeRecord, writeRecord } from './record-row.ts'
import { createRowArena } from './row-arena.ts'
import { openRow } from './sealed-row.ts'
import { fromHex, joinHashes, splitHashes, toHex } from './row-encoding.ts'
import {
  decodeControlRow,
  decodeHeader,
  decodeQuarantine,
  encodeControlRow,
  encodeHeader,
  encodeQuarantine,
} from './rows.ts'
import {
  decodeCounts,
  decodeNode,
  decodeSentinel,
  encodeCounts,
  encodeNode,
  encodeSentinel,
} from './state-rows.ts'

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length })
const hash = bytes(32).map(toHex)
const chain = bytes(16).map(toHex)
const instant = fc.integer({ min: -(2 ** 46), max: 2 ** 46 })
const hlc = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })
const text = fc.string({ unit: 'binary' })

const record = fc.record(
  {
    id: hash,
    leaf: fc.uint8Array(),
    header: hash,
    index: fc.nat(1023),
    path: fc.array(bytes(32), { maxLength: 10 }),
    author: hash,
    organisation: chain,
    set: fc.constantFrom('clear', 'green', 'clear/tombstones', 'green/tombstones'),
    tlp: fc.constantFrom(...TLP_LABELS),
    hlc,
    expires: fc.nat(),
    arrivedAt: instant,
    stixId: text,
    stixType: text,
    stixVersion: instant,
    observables: fc.array(
      fc.record({ type: fc.constantFrom(...OBSERVABLE_TYPES), value: text }, { noNullPrototype: true }),
    ),
    retracts: fc.array(hash, { maxLength: 8 }),
    references: fc.array(text, { maxLength: 8 }),
  },
  {
    noNullPrototype: true,
    requiredKeys: [
      'id',
      'leaf',
      'header',
      'index',
      'author',
      'organisation',
      'set',
      'tlp',
      'hlc',
      'expires',
      'arrivedAt',
      'observables',
      'retracts',
      'references',
    ],
  },
) as fc.Arbitrary<RecordRow>

const header = fc.record(
  {
    hash,
    bytes: fc.uint8Array(),
    author: hash,
    chain,
    seq: fc.maxSafeNat(),
    to: hlc,
    previous: hash,
    arrivedAt: instant,
    leafHashes: fc.array(hash),
  },
  { noNullPrototype: true, requiredKeys: ['hash', 'bytes', 'author', 'chain', 'seq', 'to', 'arrivedAt'] },
) as fc.Arbitrary<HeaderRow>

const control = fc.record(
  {
    key: text,
    kind: fc.constantFrom(...CONTROL_KINDS),
    bytes: fc.uint8Array(),
    set: fc.record({ name: fc.constantFrom(...SYNC_SETS.slice(0, 2)), id: hash }, { noNullPrototype: true }),
  },
  { noNullPrototype: true, requiredKeys: ['key', 'kind', 'bytes'] },
) as fc.Arbitrary<ControlRow>

describe('rows', () => {
  it('of records come back as they were', () => {
    fc.assert(
      fc.property(record, (row) => {
        const { id: _, ...rest } = row
        const { name, sealed } = writeRecord(createRowArena(), row, 7)
        expect(decodeRecord(openRow(name, sealed))).toEqual(rest)
      }),
    )
  })

  it('of headers come back as they were, leaf hashes from their own row', () => {
    fc.assert(
      fc.property(header, (row) => {
        const joined = row.leafHashes === undefined ? undefined : joinHashes(row.leafHashes.map(fromHex))
        expect(decodeHeader(row.hash, encodeHeader(row), joined)).toEqual(row)
      }),
    )
  })

  it('of control objects come back as they were', () => {
    fc.assert(
      fc.property(control, (row) => {
        expect(decodeControlRow(row.key, encodeControlRow(row))).toEqual(row)
      }),
    )
  })

  it('of the quarantine take any text, and bound it', () => {
    const any = fc.string({
      unit: fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)),
      maxLength: 3_000,
    })
    fc.assert(
      fc.property(instant, any, any, (at, from, detail) => {
        const row = decodeQuarantine(encodeQuarantine({ at, code: 'C', from, what: '', detail }))
        expect(row).toEqual({ at, code: 'C', from: row.from, what: '', detail: row.detail })
        expect([row.from.length, row.detail.length]).toEqual([
          Math.min(from.length, 1_000),
          Math.min(detail.length, 1_000),
        ])
        if (detail.isWellFormed() && detail.length <= 1_000) expect(row.detail).toBe(detail)
      }),
    )
  })

  it('of the state come back as they were', () => {
    const number = fc.maxSafeNat()
    const counts = fc.record(
      { records: number, headers: number, sequence: number, log: number, quarantine: number, commit: number },
      { noNullPrototype: true },
    )
    const sentinel = fc.record(
      { id: chain, schema: fc.nat(), createdAt: instant, openings: fc.nat() },
      { noNullPrototype: true },
    )
    fc.assert(
      fc.property(counts, (row) => {
        expect(decodeCounts(encodeCounts(row))).toEqual(row)
      }),
    )
    fc.assert(
      fc.property(sentinel, (row) => {
        expect(decodeSentinel(encodeSentinel(row))).toEqual(row)
      }),
    )
  })

  it('of trees come back as they were', () => {
    const child = fc.record(
      {
        label: fc.constantFrom('a', '00', '0123'),
        count: fc.maxSafeNat().map((count) => count % 2 ** 48),
        digest: bytes(32),
      },
      { noNullPrototype: true },
    )
    const node = fc.oneof(
      fc.array(bytes(32)).map((ids) => ({ kind: 'leaf', ids: joinHashes(ids) }) as const),
      fc.array(child, { minLength: 1 }).map((children) => ({ kind: 'inner', children }) as const),
    )
    fc.assert(
      fc.property(node, (row) => {
        expect(decodeNode(encodeNode(row))).toEqual(row)
      }),
    )
  })
})

describe(fromHex, () => {
  it('is the inverse of toHex, and refuses what is not hexadecimal', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (value) => {
        expect(fromHex(toHex(value))).toEqual(value)
      }),
    )
    for (const wrong of ['0', 'xy', '00zz', '0x00']) expect(() => fromHex(wrong), wrong).toThrow(TypeError)
  })

  it('splits what was joined', () => {
    fc.assert(
      fc.property(fc.array(bytes(32)), (hashes) => {
        expect(splitHashes(joinHashes(hashes))).toEqual(hashes)
      }),
    )
  })
})
