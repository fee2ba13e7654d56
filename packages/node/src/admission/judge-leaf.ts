import { checkLeaf, type Leaf, mayRelease, type TlpLabel, toHex, viewLeaf } from '@intelmesh/protocol'
import {
  checkAdmission,
  type Observable,
  OBSERVABLE_PROPERTIES,
  observablesOf,
  RULED_PROPERTIES,
  type StixObject,
} from '@intelmesh/stix'
import { type Hex, type RecordRow, referencesOf } from '../store/index.ts'
import { REFERRING } from '../store/references.ts'
import { AdmissionError, type JudgedHeader } from './judge-header.ts'
import type { Slices } from './slices.ts'
import { verdictOn } from './verdict.ts'

/** A leaf that is shown to stand under its header. */
export interface ProvenLeaf {
  /** Record id: the hash of the bytes. */
  readonly id: Hex
  readonly bytes: Uint8Array
  readonly index: number
  /** Inclusion path, for a record that came without its batch. */
  readonly path?: readonly Uint8Array[]
}

export interface LeafContext {
  readonly nowMs: number
  /** The own clearance. */
  readonly clearance: TlpLabel
  /** The hour up to which expired records were swept. */
  readonly asOf: number
  readonly observablesOf: FindObservables
}

/** Finds the values of an object that can be looked up. */
export type FindObservables = (object: StixObject) => readonly Observable[]

/** What the STIX package finds, patterns included. */
export const findObservables: FindObservables = (object) => observablesOf(object).observables

/** Leaves that hold, as rows, and the others by their place in the batch. */
export interface JudgedLeaves {
  readonly records: readonly RecordRow[]
  readonly refused: readonly { readonly index: number; readonly code: string }[]
}

/** Bytes of leaves judged without a pause. */
const SLICE_BYTES: number = 64 * 1024

/** Judges leaves one by one: a bad one is refused by itself, the others belong to the set all the same. Never rejects. */
export async function judgeLeaves(
  slices: Slices,
  leaves: readonly ProvenLeaf[],
  header: JudgedHeader,
  context: LeafContext,
): Promise<JudgedLeaves> {
  const records: RecordRow[] = []
  const refused: { index: number; code: string }[] = []

  function judge(leaf: ProvenLeaf): void {
    try {
      records.push(judgeLeaf(leaf, header, context))
    } catch (error) {
      refused.push({ index: leaf.index, code: verdictOn(error).code })
    }
  }

  for (const slice of slicesOf(leaves)) {
    const bytes = slice.reduce((sum, leaf) => sum + leaf.bytes.length, 0)
    await slices.run(bytes, () => slice.forEach(judge))
  }
  return { records, refused }
}

function* slicesOf(leaves: readonly ProvenLeaf[]): Iterable<readonly ProvenLeaf[]> {
  let from = 0
  let bytes = 0
  for (const [i, leaf] of leaves.entries()) {
    if (i > from && bytes + leaf.bytes.length > SLICE_BYTES) {
      yield leaves.slice(from, i)
      from = i
      bytes = 0
    }
    bytes += leaf.bytes.length
  }
  if (from < leaves.length) yield leaves.slice(from)
}

/**
 * Judges one leaf under a header that holds. What is provable from bytes is the same at every node; only expiry looks at the clock.
 *
 * @throws MeshError with the code of the rule that failed
 * @see docs/spec/admission.md, "Leaves"
 */
function judgeLeaf(
  { id, bytes, index, path }: ProvenLeaf,
  header: JudgedHeader,
  context: LeafContext,
): RecordRow {
  // [REJECT] The leaf is in the form of this version, or [IGNORE] of a later one.
  const leaf = viewLeaf(bytes)
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
    id,
    leaf: bytes,
    header: header.hash,
    index,
    ...(path && { path }),
    author: header.node,
    organisation: header.organisation,
    set: setOf(leaf),
    tlp: leaf.clear.tlp,
    hlc: leaf.clear.hlc,
    expires: leaf.clear.expires,
    arrivedAt: context.nowMs,
    ...stixColumns(leaf, context.observablesOf),
    retracts: leaf.body.retracts?.map(toHex) ?? NONE,
  }
}

const NONE: readonly never[] = []

function setOf(leaf: Leaf): RecordRow['set'] {
  const compartment = leaf.clear.compartments[0] as 'clear' | 'green'
  return leaf.body.kind === 'tombstone' ? `${compartment}/tombstones` : compartment
}

type StixColumns = Pick<RecordRow, 'observables' | 'references'> &
  Partial<Pick<RecordRow, 'stixId' | 'stixType' | 'stixVersion'>>

/** [REJECT] The object keeps the admission profile. What can be looked up in it decides nothing. */
function stixColumns({ body }: Leaf, find: FindObservables): StixColumns {
  if (body.stix === undefined) return { observables: NONE, references: NONE }
  const verdict = checkAdmission(body.stix, READ_PROPERTIES)
  if (!verdict.ok) throw new AdmissionError(verdict.code, `${verdict.path || '/'}: ${verdict.rule}`)
  const { object, id, type, version } = verdict.value
  return {
    stixId: id,
    stixType: type,
    ...(version !== undefined && { stixVersion: version }),
    observables: find(object),
    references: referencesOf(object),
  }
}

/** What is read of an object: making values of the rest, descriptions above all, would take longer than all other checks. */
export const READ_PROPERTIES: ReadonlySet<string> = new Set([
  ...RULED_PROPERTIES,
  ...OBSERVABLE_PROPERTIES,
  ...Object.values(REFERRING),
])
