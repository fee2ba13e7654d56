import type { Hasher } from '@intelmesh/protocol'
import type { HeaderRow, Hex, Store, StoredRecord } from '../store/index.ts'
import { isLinked, type Trust } from '../trust/index.ts'
import type { Admission } from './open-admission.ts'
import { SHELF, shelfEntry, shelfPrefix, type ShelfRow, shelvedBytes } from './shelf-rows.ts'

/** What records are moved to the shelf and back with. */
interface ShelfComponents {
  readonly store: Store
  readonly trust: Trust
  readonly hasher: Hasher
  readonly admission: Admission
}

/** Records moved in one atomic batch. */
const STEP = 512

/** How many records were moved, and how many stay on the shelf only because they are dated ahead of the clock. */
export interface Reconsidered {
  readonly shelved: number
  readonly returned: number
  readonly early: number
}

/**
 * Judges the records of a key again after its ACO has said something about it. What no longer hangs below a closing head goes
 * onto the shelf; what does again, after a reinstatement or a later head, comes back through the door.
 */
export async function reconsider(components: ShelfComponents, node: Hex): Promise<Reconsidered> {
  const { store, trust, admission } = components
  // What was judged before the ACO said so is stored by now, and what comes from here on is judged by it.
  await admission.settled()
  await store.certain()
  const { heads } = trust.keyStatus(node)
  const shelved = heads === undefined ? 0 : await shelve(components, node, heads)
  return { shelved, ...(await bringBack(components, node)) }
}

async function shelve(
  { store, hasher, admission }: ShelfComponents,
  node: Hex,
  heads: NonNullable<ReturnType<Trust['keyStatus']>['heads']>,
): Promise<number> {
  /** Headers outside, and `undefined` for those inside. */
  const outside = new Map<Hex, HeaderRow | undefined>()
  const out: { readonly record: StoredRecord; readonly header: HeaderRow }[] = []
  for await (const id of store.recordsOfAuthor(node)) {
    const record = await store.record(id)
    if (record === undefined) continue
    if (!outside.has(record.header)) {
      const header = await store.header(record.header)
      const isInside = header !== undefined && (await isLinked(store, heads, header)) === true
      outside.set(record.header, isInside ? undefined : header)
    }
    const header = outside.get(record.header)
    if (header !== undefined) out.push({ record, header })
  }
  for (let at = 0; at < out.length; at += STEP) {
    await admission.inTurn(async () => {
      const step = out.slice(at, at + STEP)
      const removed = step.map(({ record }) => record.id)
      const held = await store.hasRecords(removed)
      // What was erased since it was read must not come to lie on the shelf.
      const rows = step.filter((_, i) => held[i] === true).map((each) => shelfEntry(hasher, node, each))
      await store.commit({ ledger: Object.fromEntries(rows), removed }, { sync: true })
    })
  }
  return out.length
}

async function bringBack(
  { store, admission }: { readonly store: Store; readonly admission: Admission },
  node: Hex,
): Promise<Pick<Reconsidered, 'returned' | 'early'>> {
  let returned = 0
  let early = 0
  for await (const [key, value] of store.ledgerRows(shelfPrefix(node))) {
    const bytes = shelvedBytes(value as ShelfRow)
    const admitted = await admission.admitItem({ form: 'record', bytes }, { kind: 'shelf' })
    await admitted.stored
    if (admitted.code === 'RECORD_FROM_FUTURE') early++
    // A tombstone of another key may keep it out still.
    const [isBack] = await store.hasRecords([key.slice(shelfPrefix(node).length)])
    if (isBack !== true) continue
    await store.commit({ ledger: { [key]: undefined } }, { sync: false })
    returned++
  }
  return { returned, early }
}

/** Keys of shelf rows that expire by `hour`. */
export async function expiredOnShelf(store: Store, hour: number): Promise<readonly string[]> {
  const keys: string[] = []
  for await (const [key, value] of store.ledgerRows(SHELF)) {
    if ((value as ShelfRow).expires <= hour) keys.push(key)
  }
  return keys
}
