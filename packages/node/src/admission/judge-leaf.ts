import {
  checkLeaf,
  type Crypto,
  mayRelease,
  type ParsedLeaf,
  parseLeaf,
  type TlpLabel,
  toHex,
} from '@intelmesh/protocol'
import { checkAdmission, observablesOf } from '@intelmesh/stix'
import { type RecordRow, referencesOf } from '../store/index.ts'
import { AdmissionError, type JudgedHeader } from './judge-header.ts'

/** Where a leaf stands under its header. */
export interface LeafPlace {
  readonly index: number
  /** Inclusion path, for a record that came without its batch. */
  readonly path?: readonly Uint8Array[]
}

export interface LeafContext {
  readonly crypto: Crypto
  readonly nowMs: number
  /** The own clearance. */
  readonly clearance: TlpLabel
  /** The hour up to which expired records were swept. */
  readonly asOf: number
}

/**
 * Judges one leaf under a header that holds. What is provable from bytes is the same at every node; only expiry looks at the clock.
 *
 * @throws MeshError with the code of the rule that failed
 * @see docs/spec/admission.md, "Leaves"
 */
export function judgeLeaf(
  bytes: Uint8Array,
  place: LeafPlace,
  header: JudgedHeader,
  context: LeafContext,
): RecordRow {
  // [REJECT] The leaf is in the form of this version, or [IGNORE] of a later one.
  const leaf = parseLeaf(context.crypto, bytes)
  // [REJECT] It agrees with its header and the author's certificate.
  checkLeaf(leaf.clear, header.header.claims, header.author)
  // [IGNORE] The release policy lets this node have it: what its own clearance does not reach is not kept, whoever sent it.
  const releasable = { tlp: leaf.clear.tlp, cluster: leaf.clear.cluster, expires: leaf.clear.expires }
  const to = { kind: 'own', clearance: context.clearance } as const
  const release = mayRelease(releasable, 'relay', to, 'store', { hour: context.asOf, isFresh: true })
  if (release.rule === 'RECIPIENT_NOT_CLEARED')
    throw new AdmissionError('NOT_ENTITLED', 'the own clearance does not reach the label')
  // [IGNORE] It has not expired.
  if (leaf.clear.expires <= context.asOf) throw new AdmissionError('RECORD_EXPIRED', 'the record has expired')
  return {
    id: toHex(leaf.id),
    leaf: bytes,
    header: header.hash,
    ...place,
    author: header.node,
    organisation: header.organisation,
    set: setOf(leaf),
    tlp: leaf.clear.tlp,
    hlc: leaf.clear.hlc,
    expires: leaf.clear.expires,
    arrivedAt: context.nowMs,
    ...stixColumns(leaf),
    retracts: (leaf.body.retracts ?? []).map(toHex),
  }
}

function setOf(leaf: ParsedLeaf): RecordRow['set'] {
  const compartment = leaf.clear.compartments[0] as 'clear' | 'green'
  return leaf.body.kind === 'tombstone' ? `${compartment}/tombstones` : compartment
}

type StixColumns = Pick<RecordRow, 'observables' | 'references'> &
  Partial<Pick<RecordRow, 'stixId' | 'stixType' | 'stixVersion'>>

/** [REJECT] The object keeps the admission profile. What can be looked up in it decides nothing. */
function stixColumns({ body }: ParsedLeaf): StixColumns {
  if (body.stix === undefined) return { observables: [], references: [] }
  const verdict = checkAdmission(body.stix)
  if (!verdict.ok) throw new AdmissionError(verdict.code, `${verdict.path || '/'}: ${verdict.rule}`)
  const { object, id, type, version } = verdict.value
  return {
    stixId: id,
    stixType: type,
    ...(version !== undefined && { stixVersion: version }),
    observables: observablesOf(object).observables,
    references: referencesOf(object),
  }
}
