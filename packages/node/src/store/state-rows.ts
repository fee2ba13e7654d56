import type { TreeNode } from '@intelmesh/protocol'
import { encodeCbor } from '@intelmesh/protocol'
import type { Hex } from './interface.ts'
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

/** The row `counts` of the table `state`. */
export function encodeCounts({ records, headers, sequence, log, quarantine, commit }: Counts): Uint8Array {
  return encodeCbor([records, headers, sequence, log, quarantine, commit])
}

/** What a row that {@link encodeCounts} wrote says. */
export function decodeCounts(bytes: Uint8Array): Counts {
  const [records = 0, headers = 0, sequence = 0, log = 0, quarantine = 0, commit = 0] =
    decodeRow<Integer[]>(bytes).map(Number)
  return { records, headers, sequence, log, quarantine, commit }
}

/** The row `sentinel` of the table `state`. */
export function encodeSentinel({ id, schema, createdAt, openings }: Sentinel): Uint8Array {
  return encodeCbor([fromHex(id), schema, createdAt, openings])
}

/** What a row that {@link encodeSentinel} wrote says. */
export function decodeSentinel(bytes: Uint8Array): Sentinel {
  const [id, schema, createdAt, openings] = decodeRow<[Uint8Array, number, Integer, number]>(bytes)
  return { id: toHex(id), schema, createdAt: Number(createdAt), openings }
}

/** A row of the table `tree`: a leaf is one byte string of all its ids; an inner node is [[label, count, digest], …]. */
export function encodeNode(node: TreeNode): Uint8Array {
  return encodeCbor(
    node.kind === 'leaf' ? node.ids : node.children.map(({ label, count, digest }) => [label, count, digest]),
  )
}

/** The node of a row that {@link encodeNode} wrote. */
export function decodeNode(bytes: Uint8Array): TreeNode {
  const value = decodeRow<Uint8Array | [string, number, Uint8Array][]>(bytes)
  if (value instanceof Uint8Array) return { kind: 'leaf', ids: value }
  return { kind: 'inner', children: value.map(([label, count, digest]) => ({ label, count, digest })) }
}
