import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { codeFrom } from '../../../../test/protocol/code-from.ts'
import { NODE } from '../../../../test/protocol/authority.ts'
import { draftOf, headerClaims, headerOver, leavesOf, NOW } from '../../../../test/protocol/records.ts'
import { sealSign1, verifySign1 } from '../cose/index.ts'
import { portableCrypto } from '../crypto/index.ts'
import { encodeCbor, toHex } from '../encoding/index.ts'
import { codeOf } from '../errors.ts'
import { leafHash, treeRoot } from '../merkle/index.ts'
import {
  encodeBatch,
  encodeLoneRecord,
  headerHash,
  loneRecord,
  openBatch,
  openLoneRecord,
  parseHeader,
  sealHeader,
} from './batch.ts'
import { type Header, HEADER, MAX_BATCH_RECORDS } from './header.ts'
import { BATCH_SPAN_MS, hlcAt, MAX_HLC } from './hlc.ts'

const LEAVES = leavesOf(MAX_BATCH_RECORDS)
const four = LEAVES.slice(0, 4)
const header = await headerOver(four)
const batch = encodeBatch(header, four)

describe(openBatch, () => {
  test.for([1, 2, 3, 7, 64, 100, 1023, 1024])('gives back %i leaves as they were', async (count) => {
    const leaves = LEAVES.slice(0, count)
    const opened = openBatch(portableCrypto, encodeBatch(await headerOver(leaves), leaves))
    expect(opened.leaves).toEqual(leaves)
    expect(opened.leafHashes).toEqual(leaves.map((leaf) => leafHash(portableCrypto, leaf)))
    expect(opened.header.claims.count).toBe(count)
    expect((await verifySign1(portableCrypto, opened.header, NODE.signer.publicKey)).claims.seq).toBe(0)
  })

  it('refuses every change of one byte, or its signature fails', async () => {
    for (let at = 0; at < batch.length; at++) {
      const changed = batch.slice()
      changed[at] = (changed[at] ?? 0) ^ (1 << (at % 8))
      expect(await outcomeOf(changed), `byte ${at}`).toMatch(/^(?:BATCH|CBOR|COSE|HEADER|STRUCT|NEWER)_/)
    }
  })

  it('refuses what ends early', () => {
    for (let end = 0; end < batch.length; end++) {
      expect(
        codeFrom(() => openBatch(portableCrypto, batch.subarray(0, end))),
        `cut at ${end}`,
      ).toBe('CBOR_MALFORMED')
    }
  })

  it('refuses other leaves than those that were signed', async () => {
    const [first, second, third, fourth] = four as [Uint8Array, Uint8Array, Uint8Array, Uint8Array]
    const twice = await headerOver([first, first])
    const cases: readonly (readonly [string, string, Uint8Array])[] = [
      ['in another order', 'BATCH_ROOT_MISMATCH', encodeBatch(header, [second, first, third, fourth])],
      ['one fewer', 'BATCH_COUNT_MISMATCH', encodeBatch(header, [first, second, third])],
      ['one more', 'BATCH_COUNT_MISMATCH', encodeBatch(header, [...four, LEAVES[4] as Uint8Array])],
      [
        'another',
        'BATCH_ROOT_MISMATCH',
        encodeBatch(header, [first, second, third, LEAVES[4] as Uint8Array]),
      ],
      ['none', 'BATCH_COUNT_MISMATCH', encodeBatch(header, [])],
      ['one twice', 'BATCH_MALFORMED', encodeBatch(twice, [first, first])],
    ]
    for (const [name, code, bytes] of cases)
      expect(
        codeFrom(() => openBatch(portableCrypto, bytes)),
        name,
      ).toBe(code)
  })

  test.for<[string, string, Uint8Array]>([
    ['one element', 'BATCH_MALFORMED', encodeCbor([header])],
    ['three elements', 'BATCH_MALFORMED', encodeCbor([header, four, null])],
    ['text for a leaf', 'BATCH_MALFORMED', encodeCbor([header, ['leaf']])],
    ['no list', 'BATCH_MALFORMED', encodeCbor([header, header])],
    ['a list in a list', 'CBOR_LIMIT', encodeCbor([header, [[header]]])],
    ['1,025 leaves', 'CBOR_LIMIT', encodeCbor([header, Array<Uint8Array>(1025).fill(new Uint8Array(1))])],
    ['more than 1 MiB', 'BATCH_TOO_LARGE', encodeCbor([header, [new Uint8Array(2 ** 20)]])],
    ['a batch for a header', 'COSE_MALFORMED', encodeCbor([batch, four])],
  ])('refuses %s with %s', ([, code, bytes]) => {
    expect(codeFrom(() => openBatch(portableCrypto, bytes))).toBe(code)
  })
})

describe(encodeBatch, () => {
  it('makes no batch beyond 1 MiB', () => {
    const leaf = new Uint8Array(300_000)
    expect(codeFrom(() => encodeBatch(header, [leaf, leaf, leaf, leaf]))).toBe('BATCH_TOO_LARGE')
  })
})

describe(parseHeader, () => {
  const from = hlcAt(NOW)
  test.for<[string, string, Partial<Header>]>([
    ['an hour of readings', 'NOTHING_THROWN', { to: hlcAt(NOW + BATCH_SPAN_MS) }],
    ['more than an hour', 'HEADER_HLC_RANGE', { to: hlcAt(NOW + BATCH_SPAN_MS + 1) }],
    ['an end before its beginning', 'HEADER_HLC_RANGE', { to: from - 1n }],
    ['the last reading there is', 'NOTHING_THROWN', { from: MAX_HLC, to: MAX_HLC }],
    ['a reading beyond', 'HEADER_HLC_RANGE', { from: MAX_HLC, to: MAX_HLC + 1n }],
  ])('%s: %s', async ([, code, over]) => {
    const bytes = await sealSign1(HEADER, headerClaims(over), NODE.signer)
    expect(codeFrom(() => parseHeader(bytes))).toBe(code)
  })

  test.for<[string, Partial<Header>]>([
    ['no leaf', { count: 0 }],
    ['too many leaves', { count: 1025 }],
    ['profile 0', { profile: 0 }],
    ['a previous header at the first place', { previous: new Uint8Array(32) }],
    ['no previous header at a later place', { seq: 1 }],
    ['a place beyond 2^32', { seq: 2 ** 32, previous: new Uint8Array(32) }],
  ])('nobody signs a header of %s', async ([, over]) => {
    await expect(sealSign1(HEADER, headerClaims(over), NODE.signer)).rejects.toMatchObject({
      code: 'STRUCT_MALFORMED',
    })
  })

  it('hashes to a name of its own', () => {
    expect(toHex(headerHash(portableCrypto, header))).toBe(toHex(portableCrypto.sha256(header)))
  })

  it('fits its limits at its largest', async () => {
    const claims = headerClaims({
      profile: 65_535,
      seq: 0xffff_ffff,
      previous: new Uint8Array(32),
      audience: '銀'.repeat(80),
      from: MAX_HLC,
      to: MAX_HLC,
      count: 1024,
    })
    expect(parseHeader(await sealSign1(HEADER, claims, NODE.signer)).claims).toEqual(claims)
  })
})

describe(sealHeader, () => {
  it('wants 1 to 1,024 leaves', async () => {
    const content = { from: hlcAt(NOW), to: hlcAt(NOW) }
    for (const leaves of [[], [...LEAVES, new Uint8Array(1)]]) {
      await expect(
        sealHeader(portableCrypto, draftOf(), { leaves, ...content }, NODE.signer),
      ).rejects.toThrow(RangeError)
    }
  })

  it('signs no span that readers refuse', async () => {
    const content = { leaves: four, from: hlcAt(NOW), to: hlcAt(NOW + BATCH_SPAN_MS + 1) }
    await expect(sealHeader(portableCrypto, draftOf(), content, NODE.signer)).rejects.toMatchObject({
      code: 'HEADER_HLC_RANGE',
    })
  })
})

describe(openLoneRecord, () => {
  it('shows each record at its own place, and at no other', async () => {
    for (const count of [1, 2, 3, 5, 8, 13]) {
      const leaves = LEAVES.slice(0, count)
      const own = {
        header: await headerOver(leaves),
        leafHashes: leaves.map((leaf) => leafHash(portableCrypto, leaf)),
      }
      for (const [index, leaf] of leaves.entries()) {
        const record = loneRecord(portableCrypto, own, index, leaf)
        const opened = openLoneRecord(portableCrypto, encodeLoneRecord(record))
        expect(opened.record).toEqual(record)
        expect(opened.leafHash).toEqual(own.leafHashes[index])
        for (let other = 0; other <= count; other++) {
          if (other === index) continue
          const moved = encodeLoneRecord({ ...record, index: other })
          expect(
            codeFrom(() => openLoneRecord(portableCrypto, moved)),
            `${index} of ${count} at ${other}`,
          ).toBe('PROOF_MISMATCH')
        }
      }
    }
  })

  it('refuses every change of one byte, or its signature fails', async () => {
    const own = { header, leafHashes: four.map((leaf) => leafHash(portableCrypto, leaf)) }
    const bytes = encodeLoneRecord(loneRecord(portableCrypto, own, 2, four[2] as Uint8Array))
    for (let at = 0; at < bytes.length; at++) {
      const changed = bytes.slice()
      changed[at] = (changed[at] ?? 0) ^ (1 << (at % 8))
      expect(await loneOutcome(changed), `byte ${at}`).toMatch(
        /^(?:BATCH|PROOF|CBOR|COSE|HEADER|STRUCT|NEWER)_/,
      )
    }
  })

  test.for<[string, string, Uint8Array]>([
    ['three elements', 'BATCH_MALFORMED', encodeCbor([header, header, 0])],
    ['a negative index', 'PROOF_MISMATCH', encodeCbor([header, header, -1, []])],
    ['an index beyond numbers', 'BATCH_MALFORMED', encodeCbor([header, header, 2n ** 60n, []])],
    [
      'a path of short hashes',
      'PROOF_MISMATCH',
      encodeCbor([header, four[0] as Uint8Array, 0, [new Uint8Array(31), new Uint8Array(31)]]),
    ],
    [
      'a path of many hashes',
      'CBOR_LIMIT',
      encodeCbor([header, header, 0, Array<Uint8Array>(60).fill(new Uint8Array(32))]),
    ],
    ['a leaf beyond its size', 'CBOR_LIMIT', encodeCbor([header, new Uint8Array(270_000), 0, []])],
  ])('refuses %s with %s', ([, code, bytes]) => {
    expect(codeFrom(() => openLoneRecord(portableCrypto, bytes))).toBe(code)
  })
})

describe('a header over random leaves', () => {
  it('commits to each of them', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.nat(1023), { minLength: 1, maxLength: 20 }),
        fc.nat(),
        (picks, replaced) => {
          const leaves = picks.map((pick) => LEAVES[pick] as Uint8Array)
          const hashes = leaves.map((leaf) => leafHash(portableCrypto, leaf))
          const others = hashes.with(replaced % hashes.length, new Uint8Array(32))
          expect(treeRoot(portableCrypto, others)).not.toEqual(treeRoot(portableCrypto, hashes))
        },
      ),
    )
  })
})

async function outcomeOf(bytes: Uint8Array): Promise<string | undefined> {
  try {
    await verifySign1(portableCrypto, openBatch(portableCrypto, bytes).header, NODE.signer.publicKey)
  } catch (error) {
    return codeOf(error)
  }
  return 'VERIFIED'
}

async function loneOutcome(bytes: Uint8Array): Promise<string | undefined> {
  try {
    await verifySign1(portableCrypto, openLoneRecord(portableCrypto, bytes).header, NODE.signer.publicKey)
  } catch (error) {
    return codeOf(error)
  }
  return 'VERIFIED'
}
