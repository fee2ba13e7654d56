import {
  buildTree,
  encodeLoneRecord,
  fromBase64url,
  fromHex,
  inclusionPath,
  toBase64url,
  type Hasher,
} from '@intelmesh/protocol'
import type { Hex, Store, StoredRecord } from '../store/index.ts'
import { isLinked, type Trust } from '../trust/index.ts'
import type { Admission } from './open-admission.ts'

/** A record kept aside, out of every set and index, since its author's chain was closed above it. */
interface ShelfRow {
  readonly record: string
  readonly expires: number
}

const PREFIX = 'shelf/'
/** Records moved in one atomic batch. */
const STEP = 512

/**
 * Judges the records of a key again after its ACO has said something about it. What no longer hangs below a closing head goes
 * onto the shelf; what does again, after a reinstatement or a later head, comes back through the door.
 */
export async function reconsider(
  components: {
    readonly store: Store
    readonly trust: Trust
    readonly hasher: Hasher
    readonly admission: Admission
  },
  node: Hex,
): Promise<{ readonly shelved: number; readonly returned: number }> {
  const { trust } = components
  const { heads } = trust.keyStatus(node)
  const shelved = heads === undefined ? 0 : await shelve(components, node, heads)
  return { shelved, returned: await bringBack(components, node) }
}

async function shelve(
  { store, hasher }: { readonly store: Store; readonly hasher: Hasher },
  node: Hex,
  heads: NonNullable<ReturnType<Trust['keyStatus']>['heads']>,
): Promise<number> {
  const linked = new Map<Hex, boolean>()
  const out: StoredRecord[] = []
  for await (const id of store.recordsOfAuthor(node)) {
    const record = await store.record(id)
    if (record === undefined) continue
    let isInside = linked.get(record.header)
    if (isInside === undefined) {
      const header = await store.header(record.header)
      isInside = header !== undefined && (await isLinked(store, heads, header)) === true
      linked.set(record.header, isInside)
    }
    if (!isInside) out.push(record)
  }
  for (let at = 0; at < out.length; at += STEP) {
    const step = out.slice(at, at + STEP)
    const rows = await Promise.all(
      step.map(
        async (record) => [`${PREFIX}${node}/${record.id}`, await shelfRow(store, hasher, record)] as const,
      ),
    )
    await store.commit(
      { ledger: Object.fromEntries(rows), removed: step.map(({ id }) => id) },
      { sync: true },
    )
  }
  return out.length
}

async function shelfRow(store: Store, hasher: Hasher, record: StoredRecord): Promise<ShelfRow> {
  const bytes = await loneBytes(store, hasher, record)
  return { record: toBase64url(bytes), expires: record.expires }
}

/** A stored record as it travels alone, with the path from its header's leaf hashes or the one it came with. */
export async function loneBytes(store: Store, hasher: Hasher, record: StoredRecord): Promise<Uint8Array> {
  const header = await store.header(record.header)
  if (header === undefined) throw new RangeError(`record ${record.id} has no header`)
  const path =
    record.path ?? inclusionPath(buildTree(hasher, (header.leafHashes ?? []).map(fromHex)), record.index)
  return encodeLoneRecord({ header: header.bytes, leaf: record.leaf, index: record.index, path })
}

async function bringBack(
  { store, admission }: { readonly store: Store; readonly admission: Admission },
  node: Hex,
): Promise<number> {
  let returned = 0
  for await (const [key, value] of store.ledgerRows(`${PREFIX}${node}/`)) {
    const { record } = value as ShelfRow
    const admitted = await admission.admitItem(
      { form: 'record', bytes: fromBase64url(record) },
      { kind: 'shelf' },
    )
    if (admitted.action !== 'accept' && admitted.code !== 'DUPLICATE') continue
    await admitted.stored
    await store.commit({ ledger: { [key]: undefined } }, { sync: false })
    returned++
  }
  return returned
}

/** Keys of shelf rows that expire by `hour`. */
export async function expiredOnShelf(store: Store, hour: number): Promise<readonly string[]> {
  const keys: string[] = []
  for await (const [key, value] of store.ledgerRows(PREFIX)) {
    if ((value as ShelfRow).expires <= hour) keys.push(key)
  }
  return keys
}
