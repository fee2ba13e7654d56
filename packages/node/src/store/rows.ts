import type { ControlKind, SyncSet, TlpLabel, TreeNode } from '@intelmesh/protocol'
import { type CborLimits, type CborValue, decodeCbor, encodeCbor } from '@intelmesh/protocol'
import type { Observable } from '@intelmesh/stix'
import type { ControlRow, HeaderRow, Hex, QuarantineRow, RecordRow, StoredRecord } from './interface.ts'

/** What queries filter by, apart from the record so that they need not read it. */
export interface Arrival {
  readonly id: Hex
  readonly type: string | undefined
  readonly tlp: TlpLabel
  readonly organisation: Hex
  readonly isTombstone: boolean
}

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

/** CBOR reads integers beyond 32 bits as `bigint`. */
type Integer = number | bigint

/** All rows are CBOR arrays, except those that are nothing but bytes. */
export function encodeRecord(row: RecordRow, sequence: number): Uint8Array {
  return encodeCbor([
    sequence,
    row.leaf,
    fromHex(row.header),
    row.index,
    row.path ?? null,
    fromHex(row.author),
    fromHex(row.organisation),
    row.set,
    row.tlp,
    row.hlc,
    row.expires,
    row.arrivedAt,
    row.stixId ?? null,
    row.stixType ?? null,
    row.stixVersion ?? null,
    row.observables.map(({ type, value }) => [type, value]),
    row.retracts.map(fromHex),
  ])
}

export function decodeRecord(id: Hex, bytes: Uint8Array): StoredRecord {
  const [
    sequence,
    leaf,
    header,
    index,
    path,
    author,
    organisation,
    set,
    tlp,
    hlc,
    expires,
    arrivedAt,
    stixId,
    stixType,
    stixVersion,
    observables,
    retracts,
  ] =
    decodeRow<
      [
        number,
        Uint8Array,
        Uint8Array,
        number,
        Uint8Array[] | null,
        Uint8Array,
        Uint8Array,
        RecordRow['set'],
        TlpLabel,
        Integer,
        number,
        Integer,
        string | null,
        string | null,
        Integer | null,
        [Observable['type'], string][],
        Uint8Array[],
      ]
    >(bytes)
  return {
    id,
    sequence: Number(sequence),
    leaf,
    header: toHex(header),
    index,
    author: toHex(author),
    organisation: toHex(organisation),
    set,
    tlp,
    hlc: BigInt(hlc),
    expires,
    arrivedAt: Number(arrivedAt),
    observables: observables.map(([type, value]) => ({ type, value })),
    retracts: retracts.map(toHex),
    ...(path === null ? {} : { path }),
    ...(stixId === null ? {} : { stixId }),
    ...(stixType === null ? {} : { stixType }),
    ...(stixVersion === null ? {} : { stixVersion: Number(stixVersion) }),
  }
}

export function encodeArrival(row: RecordRow): Uint8Array {
  return encodeCbor([
    fromHex(row.id),
    row.stixType ?? null,
    row.tlp,
    fromHex(row.organisation),
    row.retracts.length > 0,
  ])
}

export function decodeArrival(bytes: Uint8Array): Arrival {
  const [id, type, tlp, organisation, isTombstone] =
    decodeRow<[Uint8Array, string | null, TlpLabel, Uint8Array, boolean]>(bytes)
  return { id: toHex(id), type: type ?? undefined, tlp, organisation: toHex(organisation), isTombstone }
}

/** Without `leafHashes`, which have a row of their own, so that they can go before the header. */
export function encodeHeader(row: HeaderRow): Uint8Array {
  return encodeCbor([
    row.bytes,
    fromHex(row.author),
    fromHex(row.chain),
    row.seq,
    row.to,
    row.previous === undefined ? null : fromHex(row.previous),
    row.arrivedAt,
  ])
}

export function decodeHeader(hash: Hex, bytes: Uint8Array, leafHashes: Uint8Array | undefined): HeaderRow {
  const [header, author, chain, seq, to, previous, arrivedAt] =
    decodeRow<[Uint8Array, Uint8Array, Uint8Array, Integer, Integer, Uint8Array | null, Integer]>(bytes)
  return {
    hash,
    bytes: header,
    author: toHex(author),
    chain: toHex(chain),
    seq: Number(seq),
    to: BigInt(to),
    arrivedAt: Number(arrivedAt),
    ...(previous === null ? {} : { previous: toHex(previous) }),
    ...(leafHashes === undefined ? {} : { leafHashes: splitHashes(leafHashes).map(toHex) }),
  }
}

export function encodeControlRow({ kind, bytes, set }: ControlRow): Uint8Array {
  return encodeCbor([kind, bytes, set === undefined ? null : [set.name, fromHex(set.id)]])
}

export function decodeControlRow(key: string, row: Uint8Array): ControlRow {
  const [kind, bytes, set] =
    decodeRow<[ControlKind, Uint8Array, [SyncSet & ('control' | 'register'), Uint8Array] | null]>(row)
  return { key, kind, bytes, ...(set === null ? {} : { set: { name: set[0], id: toHex(set[1]) } }) }
}

export function encodeQuarantine({ at, code, from, what, detail }: QuarantineRow): Uint8Array {
  return encodeCbor([at, ...[code, from, what, detail].map(shorten)])
}

export function decodeQuarantine(bytes: Uint8Array): QuarantineRow {
  const [at, code, from, what, detail] = decodeRow<[Integer, string, string, string, string]>(bytes)
  return { at: Number(at), code, from, what, detail }
}

/** A leaf is one byte string of all its ids; an inner node is [[label, count, digest], …]. */
export function encodeNode(node: TreeNode): Uint8Array {
  return encodeCbor(
    node.kind === 'leaf'
      ? joinHashes(node.ids)
      : node.children.map(({ label, count, digest }) => [label, count, digest]),
  )
}

export function decodeNode(bytes: Uint8Array): TreeNode {
  const value = decodeRow<Uint8Array | [string, number, Uint8Array][]>(bytes)
  if (value instanceof Uint8Array) return { kind: 'leaf', ids: splitHashes(value) }
  return { kind: 'inner', children: value.map(([label, count, digest]) => ({ label, count, digest })) }
}

export function encodeCounts({ records, headers, sequence, log, quarantine, commit }: Counts): Uint8Array {
  return encodeCbor([records, headers, sequence, log, quarantine, commit])
}

export function decodeCounts(bytes: Uint8Array): Counts {
  const [records = 0, headers = 0, sequence = 0, log = 0, quarantine = 0, commit = 0] =
    decodeRow<Integer[]>(bytes).map(Number)
  return { records, headers, sequence, log, quarantine, commit }
}

export function encodeSentinel({ id, schema, createdAt, openings }: Sentinel): Uint8Array {
  return encodeCbor([fromHex(id), schema, createdAt, openings])
}

export function decodeSentinel(bytes: Uint8Array): Sentinel {
  const [id, schema, createdAt, openings] = decodeRow<[Uint8Array, number, Integer, number]>(bytes)
  return { id: toHex(id), schema, createdAt: Number(createdAt), openings }
}

export function encodeNumber(value: number): Uint8Array {
  return encodeCbor(value)
}

export function decodeNumber(bytes: Uint8Array): number {
  return Number(decodeRow<Integer>(bytes))
}

export function joinHashes(hashes: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(HASH_BYTES * hashes.length)
  hashes.forEach((hash, i) => joined.set(hash, i * HASH_BYTES))
  return joined
}

export function toHex(bytes: Uint8Array): Hex {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex')
}

/** @throws TypeError for what is not hexadecimal: Buffer would cut it short without a word */
export function fromHex(hex: Hex): Uint8Array {
  const bytes = Buffer.from(hex, 'hex')
  if (bytes.length * 2 !== hex.length) throw new TypeError('expected hexadecimal digits of whole bytes')
  return new Uint8Array(bytes)
}

function splitHashes(joined: Uint8Array): Uint8Array[] {
  return Array.from({ length: joined.length / HASH_BYTES }, (_, i) =>
    joined.slice(i * HASH_BYTES, (i + 1) * HASH_BYTES),
  )
}

/** Rows were written by this program and carry a checksum: limits only stop what can be no row of ours. */
function decodeRow<Row>(bytes: Uint8Array): Row {
  return decodeCbor(bytes, ROW_LIMITS) as CborValue as Row
}

/** What peers sent can hold text that has no encoding, and of any length. */
function shorten(text: string): string {
  return text.slice(0, MAX_QUARANTINE_TEXT).toWellFormed()
}

const HASH_BYTES = 32
/** A tree leaf at full depth is the largest: 32 MiB hold a million ids. */
const ROW_LIMITS: CborLimits = { maxBytes: 32 * 1024 * 1024, maxDepth: 3, maxItems: 1_000_000 }
const MAX_QUARANTINE_TEXT = 1_000
