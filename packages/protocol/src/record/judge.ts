import { compareBytes } from '../encoding/index.ts'
import { compartmentOf } from '../policy/index.ts'
import { isWithin } from '../tlp.ts'
import type { Certificate } from '../trust/index.ts'
import { RecordError } from './errors.ts'
import type { Header } from './header.ts'
import { hlcTime } from './hlc.ts'
import type { LeafClear } from './leaf.ts'

/** Ten years: what the mesh should know for longer has to be said again. */
export const MAX_LIFETIME_HOURS: number = 3650 * 24
const HOUR_MS = 3_600_000

/** The author as its header's certificate gives it. */
export interface Author {
  /** Key id, 32 bytes. */
  readonly keyId: Uint8Array
  readonly certificate: Certificate
}

/**
 * Checks that a leaf agrees with the header above it and with its author's certificate. All of it is provable from bytes, so
 * every node of this version finds the same. NEWER_THAN_ME alone is no fault: a later
 * version may accept the leaf.
 *
 * @throws RecordError LEAF_AUTHOR_MISMATCH, LEAF_CLUSTER_MISMATCH, LEAF_HLC_MISMATCH, LEAF_AUDIENCE_MISMATCH, LEAF_LABEL_MISMATCH, LEAF_ABOVE_CLEARANCE, LEAF_EXPIRY_RANGE,
 * NEWER_THAN_ME
 * @see docs/spec/admission.md, "Leaf against header"
 */
export function checkLeaf(leaf: LeafClear, header: Header, author: Author): void {
  for (const [code, holds] of RULES) {
    if (!holds(leaf, header, author))
      throw new RecordError(code, 'the leaf disagrees with its header or certificate')
  }
}

type Rule = readonly [RecordError['code'], (leaf: LeafClear, header: Header, author: Author) => boolean]

const RULES: readonly Rule[] = [
  ['LEAF_AUTHOR_MISMATCH', (leaf, _, author) => compareBytes(leaf.author, author.keyId) === 0],
  ['LEAF_CLUSTER_MISMATCH', (leaf, _, author) => leaf.cluster === author.certificate.mesh.cluster],
  ['LEAF_HLC_MISMATCH', (leaf, header) => leaf.hlc >= header.from && leaf.hlc <= header.to],
  [
    'LEAF_AUDIENCE_MISMATCH',
    (leaf, header) => leaf.compartments.length === 1 && leaf.compartments[0] === header.audience,
  ],
  ['LEAF_LABEL_MISMATCH', (leaf) => compartmentOf(leaf.tlp) === leaf.compartments[0]],
  ['LEAF_ABOVE_CLEARANCE', (leaf, _, author) => isWithin(leaf.tlp, author.certificate.mesh.clearance)],
  ['LEAF_EXPIRY_RANGE', (leaf) => hoursLived(leaf) > 0 && hoursLived(leaf) <= MAX_LIFETIME_HOURS + 1],
  // Nobody may speak for another organisation until this version can check a delegation.
  ['NEWER_THAN_ME', (leaf) => leaf.actsFor === undefined],
]

/** Whole hours from a record's reading to its expiry. */
function hoursLived(leaf: LeafClear): number {
  return leaf.expires - Math.floor(hlcTime(leaf.hlc) / HOUR_MS)
}

/** Where a record is held, and until when. */
type Reach = Pick<LeafClear, 'compartments' | 'expires'>

/**
 * Whether a tombstone may take `target` back as far as their bytes say. That both are of one organisation, certificates say.
 * A tombstone that expires before its target would let it rise again at nodes that never held the tombstone.
 *
 * @see docs/spec/records.md, "Retraction"
 */
export function mayRetract(tombstone: Reach, target: Reach): boolean {
  return tombstone.compartments[0] === target.compartments[0] && tombstone.expires >= target.expires
}
