import { parseSign1, sealSign1 } from '../cose/index.ts'
import type { Hasher, Signer } from '../crypto/index.ts'
import { asArray, compareBytes, encodeCbor, toHex, viewCbor } from '../encoding/index.ts'
import { buildTree, inclusionPath, leafHash, rootFromInclusion, treeRoot } from '../merkle/index.ts'
import { RecordError } from './errors.ts'
import { type Header, HEADER, MAX_BATCH_BYTES, MAX_BATCH_RECORDS, type ParsedHeader } from './header.ts'
import { BATCH_SPAN_MS, type Hlc, hlcTime, MAX_HLC } from './hlc.ts'
import { MAX_LEAF_BYTES } from './leaf.ts'

/** A batch taken apart. Nothing is proven yet, and no leaf was looked at. */
export interface ParsedBatch {
  readonly header: ParsedHeader
  /** The bytes of each leaf, in order. */
  readonly leaves: readonly Uint8Array[]
}

/** A batch taken apart, its leaves shown to be those under the header's root. The signature is not yet checked. */
export interface OpenedBatch extends ParsedBatch {
  /** Record id of each leaf, 32 bytes each, in order. */
  readonly leafHashes: readonly Uint8Array[]
  /** The same in hexadecimal. */
  readonly ids: readonly string[]
}

/** One record on its own: header, leaf, and the path from the leaf to the header's root. */
export interface LoneRecord {
  readonly header: Uint8Array
  readonly leaf: Uint8Array
  readonly index: number
  readonly path: readonly Uint8Array[]
}

/** What the author knows of its chain when it seals the next batch. */
export type HeaderDraft = Pick<Header, 'profile' | 'certificate' | 'chain' | 'seq' | 'audience'> &
  Partial<Pick<Header, 'previous'>>

/**
 * Signs a header over `leaves` (1 to 1,024), whose readings run from `from` to `to`.
 *
 * @throws RecordError HEADER_HLC_RANGE; EncodingError for a draft that no reader would accept
 */
export async function sealHeader(
  hasher: Hasher,
  draft: HeaderDraft,
  content: { readonly leaves: readonly Uint8Array[]; readonly from: Hlc; readonly to: Hlc },
  signer: Signer,
): Promise<Uint8Array> {
  const count = content.leaves.length
  if (count < 1 || count > MAX_BATCH_RECORDS)
    throw new RangeError(`a batch has 1 to ${MAX_BATCH_RECORDS} leaves`)
  const root = treeRoot(
    hasher,
    content.leaves.map((leaf) => leafHash(hasher, leaf)),
  )
  const bytes = await sealSign1(HEADER, { ...draft, from: content.from, to: content.to, count, root }, signer)
  return parseHeader(bytes).bytes
}

/** A batch as it travels: the CBOR array [header, [leaf, …]]. @throws RecordError BATCH_TOO_LARGE beyond 1 MiB */
export function encodeBatch(header: Uint8Array, leaves: readonly Uint8Array[]): Uint8Array {
  const bytes = encodeCbor([header, leaves])
  assertBatchSize(bytes)
  return bytes
}

/**
 * Takes a batch apart, and checks its root. Costs one hash per leaf and no signature. The leaves are views of `bytes`, which must not
 * change.
 *
 * @throws RecordError BATCH_ROOT_MISMATCH and those of {@link parseBatch}; EncodingError; CoseError
 */
export function openBatch(hasher: Hasher, bytes: Uint8Array): OpenedBatch {
  return proveLeaves(hasher, parseBatch(bytes))
}

/**
 * The first half of {@link openBatch}: the parts, and whether there are as many leaves as the header says. Hashes nothing, so that
 * whoever knows the header for one it does not want is done.
 *
 * @throws RecordError BATCH_TOO_LARGE, BATCH_MALFORMED, BATCH_COUNT_MISMATCH, HEADER_HLC_RANGE; EncodingError; CoseError
 */
export function parseBatch(bytes: Uint8Array): ParsedBatch {
  assertBatchSize(bytes)
  const parts = asArray(
    viewCbor(bytes, { maxBytes: MAX_BATCH_BYTES, maxDepth: 2, maxItems: MAX_BATCH_RECORDS + 3 }),
    'batch',
  )
  const [headerBytes, leaves] = parts
  if (parts.length !== 2 || !(headerBytes instanceof Uint8Array) || !isBytesList(leaves)) {
    throw new RecordError('BATCH_MALFORMED', 'expected [header, [leaf, …]]')
  }
  const header = parseHeader(headerBytes)
  if (leaves.length !== header.claims.count) {
    throw new RecordError(
      'BATCH_COUNT_MISMATCH',
      `header says ${header.claims.count} leaves, there are ${leaves.length}`,
    )
  }
  return { header, leaves }
}

/**
 * The second half of {@link openBatch}.
 *
 * @throws RecordError BATCH_ROOT_MISMATCH, BATCH_MALFORMED
 */
export function proveLeaves(hasher: Hasher, { header, leaves }: ParsedBatch): OpenedBatch {
  const leafHashes = leaves.map((leaf) => leafHash(hasher, leaf))
  if (compareBytes(treeRoot(hasher, leafHashes), header.claims.root) !== 0) {
    throw new RecordError('BATCH_ROOT_MISMATCH', 'the leaves are not those under the root')
  }
  // One record twice in a batch would count twice wherever a batch's records are counted.
  const ids = leafHashes.map(toHex)
  if (new Set(ids).size !== leaves.length) {
    throw new RecordError('BATCH_MALFORMED', 'expected each leaf once')
  }
  return { header, leaves, leafHashes, ids }
}

/** @throws RecordError HEADER_HLC_RANGE; EncodingError; CoseError */
export function parseHeader(bytes: Uint8Array): ParsedHeader {
  const header = parseSign1(HEADER, bytes)
  const { from, to } = header.claims
  if (to < from || to > MAX_HLC || hlcTime(to) - hlcTime(from) > BATCH_SPAN_MS) {
    throw new RecordError('HEADER_HLC_RANGE', 'a batch spans at most an hour, from the earlier to the later')
  }
  return header
}

/** Takes one record out of its batch, with what a stranger needs to verify it. */
export function loneRecord(
  hasher: Hasher,
  batch: { readonly header: Uint8Array; readonly leafHashes: readonly Uint8Array[] },
  index: number,
  leaf: Uint8Array,
): LoneRecord {
  return {
    header: batch.header,
    leaf,
    index,
    path: inclusionPath(buildTree(hasher, batch.leafHashes), index),
  }
}

/** A record as it travels alone: [header, leaf, index, [path]]; the path is that of RFC 9942, the size the header's count. */
export function encodeLoneRecord(record: LoneRecord): Uint8Array {
  return encodeCbor([record.header, record.leaf, record.index, record.path])
}

/**
 * Parses a lone record and checks that its leaf lies under its header's root. What it gives are views of `bytes`, which must not
 * change.
 *
 * @throws RecordError BATCH_MALFORMED, PROOF_MISMATCH and those of {@link parseHeader}
 */
export function openLoneRecord(
  hasher: Hasher,
  bytes: Uint8Array,
): { header: ParsedHeader; leaf: Uint8Array; leafHash: Uint8Array; record: LoneRecord } {
  const parts = asArray(
    viewCbor(bytes, { maxBytes: MAX_LEAF_BYTES + 2048, maxDepth: 2, maxItems: 24 }),
    'record',
  )
  const [headerBytes, leaf, index, path] = parts
  if (
    parts.length !== 4 ||
    !(headerBytes instanceof Uint8Array && leaf instanceof Uint8Array) ||
    typeof index !== 'number' ||
    !isBytesList(path)
  ) {
    throw new RecordError('BATCH_MALFORMED', 'expected [header, leaf, index, [path]]')
  }
  const header = parseHeader(headerBytes)
  const hash = leafHash(hasher, leaf)
  const root = rootFromInclusion(hasher, { leafHash: hash, index, size: header.claims.count, path })
  if (root === undefined || compareBytes(root, header.claims.root) !== 0) {
    throw new RecordError('PROOF_MISMATCH', 'the leaf is not under the root of the header it came with')
  }
  return { header, leaf, leafHash: hash, record: { header: headerBytes, leaf, index, path } }
}

/** The hash by which the next header, a closed chain and a store name a header: SHA-256 of all its bytes. */
export function headerHash(hasher: Hasher, header: Uint8Array): Uint8Array {
  return hasher.sha256(header)
}

function assertBatchSize(bytes: Uint8Array): void {
  if (bytes.length > MAX_BATCH_BYTES) {
    throw new RecordError('BATCH_TOO_LARGE', `expected at most ${MAX_BATCH_BYTES} bytes, got ${bytes.length}`)
  }
}

function isBytesList(value: unknown): value is readonly Uint8Array[] {
  return Array.isArray(value) && value.every((item) => item instanceof Uint8Array)
}
