import type { Child, Summary, SyncSet, TreeNode } from '@intelmesh/protocol'
import { concatBytes, encodeCbor, SYNC_SETS, utf8Bytes } from '@intelmesh/protocol'
import { nativeCrypto } from '../crypto/index.ts'
import type { Hex } from './interface.ts'
import { readNumber, writeNumber } from './keys.ts'
import { decodeRow, fromHex, type Integer, toHex } from './row-encoding.ts'

/** How many rows there are, and the last numbers given out. */
export interface Counts {
  readonly records: number
  readonly headers: number
  /** Of the record that came last. */
  readonly sequence: number
  readonly log: number
  readonly quarantine: number
  readonly commit: number
}

/** Who the store is. */
export interface Sentinel {
  /** 16 bytes. */
  readonly id: Hex
  readonly schema: number
  readonly createdAt: number
  /** How often it was opened. */
  readonly openings: number
}

/**
 * The row `counts` of the table `state`.
 *
 * @param roots {@link sumOfRoots} of the trees that it stands beside; those of an empty store have none
 */
export function encodeCounts(
  { records, headers, sequence, log, quarantine, commit }: Counts,
  roots?: Uint8Array,
): Uint8Array {
  const counts = [records, headers, sequence, log, quarantine, commit]
  return encodeCbor(roots === undefined ? counts : [...counts, roots])
}

/** What a row that {@link encodeCounts} wrote says. */
export function decodeCounts(bytes: Uint8Array): Counts {
  const [records = 0, headers = 0, sequence = 0, log = 0, quarantine = 0, commit = 0] = decodeRow<Integer[]>(
    bytes,
  )
    .slice(0, COUNTED)
    .map(Number)
  return { records, headers, sequence, log, quarantine, commit }
}

/** What such a row says of the roots, if it does: none says so that no commit has written since it could. */
export function rootsIn(bytes: Uint8Array): Uint8Array | undefined {
  return decodeRow<Uint8Array[]>(bytes)[COUNTED]
}

/** SHA-256 over the roots of all sets that have something: two versions of a tree may have as many ids. */
export function sumOfRoots(roots: ReadonlyMap<SyncSet, Summary>): Uint8Array {
  const named = SYNC_SETS.flatMap((set) => {
    const root = roots.get(set)
    return root === undefined || root.count === 0 ? [] : [utf8Bytes(set), root.digest]
  })
  return nativeCrypto.sha256(concatBytes(...named))
}

/** Numbers at the beginning of the row. */
const COUNTED = 6

/** The row `sentinel` of the table `state`. */
export function encodeSentinel({ id, schema, createdAt, openings }: Sentinel): Uint8Array {
  return encodeCbor([fromHex(id), schema, createdAt, openings])
}

/** What a row that {@link encodeSentinel} wrote says. */
export function decodeSentinel(bytes: Uint8Array): Sentinel {
  const [id, schema, createdAt, openings] = decodeRow<[Uint8Array, number, Integer, number]>(bytes)
  return { id: toHex(id), schema, createdAt: Number(createdAt), openings }
}

/** Keys of the table `state`. */
export const SENTINEL: Uint8Array = utf8Bytes('sentinel')
export const COUNTS: Uint8Array = utf8Bytes('counts')
export const MASK: Uint8Array = utf8Bytes('mask')

/**
 * A row of the table `tree`: 0 and the ids of a leaf, one behind the other; or 1 and, of each child, the length of its label (1),
 * the label, count (6) and digest (32).
 */
export function encodeNode(node: TreeNode): Uint8Array {
  if (node.kind === 'leaf') return concatBytes(LEAF, node.ids)
  const labels = node.children.reduce((sum, { label }) => sum + label.length, 0)
  const row = new Uint8Array(1 + labels + node.children.length * (1 + COUNT_BYTES + DIGEST_BYTES))
  row.set(INNER)
  let at = 1
  for (const { label, count, digest } of node.children) {
    row[at++] = label.length
    for (let i = 0; i < label.length; i++) row[at++] = label.charCodeAt(i)
    writeNumber(row, at, count, COUNT_BYTES)
    row.set(digest, at + COUNT_BYTES)
    at += COUNT_BYTES + DIGEST_BYTES
  }
  return row
}

/** The node of a row that {@link encodeNode} wrote; views of it. */
export function decodeNode(bytes: Uint8Array): TreeNode {
  if (bytes[0] === LEAF[0]) return { kind: 'leaf', ids: bytes.subarray(1) }
  const children: Child[] = []
  for (let at = 1; at < bytes.length;) {
    const labelEnd = at + 1 + (bytes[at] as number)
    const digestAt = labelEnd + COUNT_BYTES
    children.push({
      label: Buffer.from(bytes.subarray(at + 1, labelEnd)).toString('latin1'),
      count: readNumber(bytes, labelEnd, COUNT_BYTES),
      digest: bytes.slice(digestAt, digestAt + DIGEST_BYTES),
    })
    at = digestAt + DIGEST_BYTES
  }
  return { kind: 'inner', children }
}

const LEAF = Uint8Array.of(0)
const INNER = Uint8Array.of(1)
const COUNT_BYTES = 6
const DIGEST_BYTES = 32
