import { describe, expect, it, test } from 'vitest'
import { codeFrom } from '../../../../test/protocol/code-from.ts'
import { claimsOf, identityOf, NODE, OPERATOR } from '../../../../test/protocol/authority.ts'
import { clearOf, headerClaims, NOW, NOW_HOUR } from '../../../../test/protocol/records.ts'
import type { MeshClaim } from '../trust/index.ts'
import type { Header } from './header.ts'
import { hlcAt } from './hlc.ts'
import { checkLeaf, MAX_LIFETIME_HOURS, mayRetract } from './judge.ts'
import type { LeafClear } from './leaf.ts'

describe(checkLeaf, () => {
  test.for<[string, string, Partial<LeafClear>, Partial<Header>?, Partial<MeshClaim>?]>([
    ['a leaf that agrees', 'NOTHING_THROWN', {}],
    [
      'a clear leaf under a clear header',
      'NOTHING_THROWN',
      { tlp: 'clear', compartments: ['clear'] },
      { audience: 'clear' },
    ],
    ['the first reading', 'NOTHING_THROWN', { hlc: hlcAt(NOW) }],
    ['the last reading', 'NOTHING_THROWN', { hlc: hlcAt(NOW + 1000) }],
    ['one hour of life', 'NOTHING_THROWN', { expires: NOW_HOUR + 1 }],
    ['ten years of life', 'NOTHING_THROWN', { expires: NOW_HOUR + MAX_LIFETIME_HOURS + 1 }],
    ['another author', 'LEAF_AUTHOR_MISMATCH', { author: identityOf(7).keyId }],
    ['another cluster', 'LEAF_CLUSTER_MISMATCH', { cluster: 'energy.eu' }],
    ['a reading before the header', 'LEAF_HLC_MISMATCH', { hlc: hlcAt(NOW) - 1n }],
    ['a reading after the header', 'LEAF_HLC_MISMATCH', { hlc: hlcAt(NOW + 1000) + 1n }],
    ['another compartment', 'LEAF_AUDIENCE_MISMATCH', { compartments: ['clear'], tlp: 'clear' }],
    ['two compartments', 'LEAF_AUDIENCE_MISMATCH', { compartments: ['green', 'clear'] }],
    [
      'a compartment that no label has',
      'LEAF_LABEL_MISMATCH',
      { compartments: ['purple'] },
      { audience: 'purple' },
    ],
    ['records in control', 'LEAF_LABEL_MISMATCH', { compartments: ['control'] }, { audience: 'control' }],
    ['a green record for all', 'LEAF_LABEL_MISMATCH', { compartments: ['clear'] }, { audience: 'clear' }],
    ['a clear record among green ones', 'LEAF_LABEL_MISMATCH', { tlp: 'clear' }],
    ['an amber record', 'LEAF_LABEL_MISMATCH', { tlp: 'amber' }],
    ['a red record', 'LEAF_LABEL_MISMATCH', { tlp: 'red' }],
    ['a label above the clearance', 'LEAF_ABOVE_CLEARANCE', {}, {}, { clearance: 'clear' }],
    ['no life', 'LEAF_EXPIRY_RANGE', { expires: NOW_HOUR }],
    ['an end long past', 'LEAF_EXPIRY_RANGE', { expires: 0 }],
    ['more than ten years of life', 'LEAF_EXPIRY_RANGE', { expires: NOW_HOUR + MAX_LIFETIME_HOURS + 2 }],
    ['an end beyond all time', 'LEAF_EXPIRY_RANGE', { expires: Number.MAX_SAFE_INTEGER }],
    ['a claim to act for somebody', 'NEWER_THAN_ME', { actsFor: new Uint8Array(16) }],
  ])('%s: %s', ([, expected, clear, header, mesh]) => {
    const author = { keyId: NODE.keyId, certificate: claimsOf('node', NODE, OPERATOR, mesh) }
    expect(codeFrom(() => checkLeaf(clearOf(clear), headerClaims(header), author))).toBe(expected)
  })
})

describe(mayRetract, () => {
  it('lets a tombstone reach what is in its compartment and ends no later than itself', () => {
    const target = clearOf({ expires: 500_000 })
    expect(mayRetract(clearOf({ expires: 500_000 }), target)).toBe(true)
    expect(mayRetract(clearOf({ expires: 500_001 }), target)).toBe(true)
    expect(mayRetract(clearOf({ expires: 499_999 }), target)).toBe(false)
    expect(mayRetract(clearOf({ expires: 500_000, compartments: ['clear'] }), target)).toBe(false)
  })
})
