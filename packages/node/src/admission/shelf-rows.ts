import {
  buildTree,
  encodeLoneRecord,
  fromBase64url,
  fromHex,
  type Hasher,
  inclusionPath,
  type MerkleTree,
  toBase64url,
} from '@intelmesh/protocol'
import type { HeaderRow, Hex, RecordRow, Store } from '../store/index.ts'

/** A record kept aside, out of every set and index, for as long as somebody's word keeps it out. */
export interface ShelfRow {
  readonly record: string
  readonly expires: number
}

/** The prefix of all rows of the shelf; {@link shelfPrefix} is that of the rows of one key. */
export const SHELF = 'shelf/'

/** The rows that `node` keeps out: its own records above a closing head, and those that its tombstones take back. */
export function shelfPrefix(node: Hex): string {
  return `${SHELF}${node}/`
}

/** The key of a row of the shelf in the store's ledger. */
export function shelfKey(node: Hex, record: Hex): string {
  return shelfPrefix(node) + record
}

/** A row of the shelf as an entry of the store's ledger. */
export function shelfEntry(
  hasher: Hasher,
  node: Hex,
  { header, record }: { readonly header: HeaderRow; readonly record: RecordRow },
): readonly [string, ShelfRow] {
  const row = { record: toBase64url(loneBytesOf(hasher, header, record)), expires: record.expires }
  return [shelfKey(node, record.id), row]
}

/** The bytes of the lone record in a row. */
export function shelvedBytes({ record }: ShelfRow): Uint8Array {
  return fromBase64url(record)
}

/**
 * A stored record as it travels alone, with the path from its header's leaf hashes or the one it came with; `undefined` where it
 * went since it was read, and its proof with it.
 */
export async function loneBytes(
  store: Pick<Store, 'header'>,
  hasher: Hasher,
  record: RecordRow,
): Promise<Uint8Array | undefined> {
  const header = await store.header(record.header)
  const hasProof = record.path !== undefined || header?.leafHashes !== undefined
  return header !== undefined && hasProof ? loneBytesOf(hasher, header, record) : undefined
}

function loneBytesOf(hasher: Hasher, header: HeaderRow, { path, index, leaf }: RecordRow): Uint8Array {
  const proof = path ?? inclusionPath(treeOf(hasher, header), index)
  return encodeLoneRecord({ header: header.bytes, leaf, index, path: proof })
}

/** A list that is taken back asks for the paths of all its records: each tree is built once for as long as its row is in use. */
const trees = new WeakMap<HeaderRow, MerkleTree>()

function treeOf(hasher: Hasher, header: HeaderRow): MerkleTree {
  const held = trees.get(header)
  if (held !== undefined) return held
  const tree = buildTree(hasher, (header.leafHashes ?? []).map(fromHex))
  trees.set(header, tree)
  return tree
}
