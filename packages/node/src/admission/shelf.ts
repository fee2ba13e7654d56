import { type ChainHead, type Hasher, openLoneRecord, toHex, utf8Bytes } from '@intelmesh/protocol'
import type { HeaderRow, Hex, Store, StoredRecord } from '../store/index.ts'
import type { Trust } from '../trust/index.ts'
import { untilHour } from './due.ts'
import type { Admission } from './open-admission.ts'
import { shelfEntry, shelfKey, shelfPrefix, type ShelfRow, shelvedBytes } from './shelf-rows.ts'

/** What records are moved to the shelf and back with. */
interface ShelfComponents {
  readonly store: Store
  readonly trust: Trust
  readonly hasher: Hasher
  readonly admission: Admission
}

/** Records read at once, of which each may be a quarter of a MiB. */
const READ_STEP = 64
/** Records moved in one atomic batch, and their bytes. */
const STEP = 512
const STEP_BYTES: number = 4 * 1024 * 1024

/** How many records were moved, and how many stay on the shelf only because they are dated ahead of the clock. */
export interface Reconsidered {
  readonly shelved: number
  readonly returned: number
  readonly early: number
}

/**
 * Judges the records of a key again after its ACO has said something about it. What no longer hangs below a closing head goes
 * onto the shelf; what does again, after a reinstatement or a later head, comes back through the door. A key that was judged to the
 * end is not judged again before something is said of it, or a gap in its closed chains is filled.
 */
export async function reconsider(components: ShelfComponents, node: Hex): Promise<Reconsidered> {
  const { store, trust, admission } = components
  // What was judged before the ACO said so is stored by now, and what comes from here on is judged by it.
  await admission.settled()
  await store.certain()
  const standing = await standingOf(components, node)
  if ((await store.ledger(judgedKey(node))) === standing) return { shelved: 0, returned: 0, early: 0 }
  const { heads } = trust.keyStatus(node)
  const shelved = heads === undefined ? 0 : await shelve(components, node, heads)
  const { left, ...back } = await bringBack(components, node)
  const isFinal = left === 'final' || (left === 'none' && heads !== undefined)
  if (isFinal) await store.commit({ ledger: { [judgedKey(node)]: standing } }, { sync: false })
  return { shelved, ...back }
}

function judgedKey(node: Hex): string {
  return `judged/${node}`
}

/** A hash of all that says what of a key's records is kept out: where it closed chains are held to, too. */
async function standingOf({ trust, hasher }: ShelfComponents, node: Hex): Promise<Hex> {
  const { heads } = trust.keyStatus(node)
  const ends: string[] = []
  for (const head of [...(heads?.values() ?? [])].flat())
    ends.push(`${toHex(head.hash)} ${(await trust.lines.gapBelow(head))?.hash ?? ''}`)
  const said = [trust.newestStatement(node), trust.standing(node), heads !== undefined, ...ends.toSorted()]
  return toHex(hasher.sha256(utf8Bytes(said.join('\n'))))
}

async function shelve(
  { store, trust, hasher, admission }: ShelfComponents,
  node: Hex,
  heads: ReadonlyMap<Hex, readonly ChainHead[]>,
): Promise<number> {
  /** Headers outside, and `undefined` for those inside: of the batches that were looked at last. */
  const outside = new Map<Hex, HeaderRow | undefined>()
  let out: Outside[] = []
  let bytes = 0
  let shelved = 0

  async function headerOutside(hash: Hex): Promise<HeaderRow | undefined> {
    if (outside.has(hash)) return outside.get(hash)
    const header = await store.header(hash)
    const isInside = header !== undefined && (await trust.lines.isLinked(heads, header)) === true
    if (outside.size >= MAX_BATCHES) outside.clear()
    outside.set(hash, isInside ? undefined : header)
    return outside.get(hash)
  }

  async function move(): Promise<void> {
    const step = out
    shelved += step.length
    out = []
    bytes = 0
    await admission.inTurn(async () => {
      const removed = step.map(({ record }) => record.id)
      const held = await store.hasRecords(removed)
      // What was erased since it was read must not come to lie on the shelf.
      const rows = step.filter((_, i) => held[i] === true).map((each) => shelfEntry(hasher, node, each))
      const entries = rows.flatMap(([key, row]) => untilHour(row.expires, key, row))
      await store.commit({ ledger: Object.fromEntries(entries), removed }, { sync: true })
    })
  }

  for await (const ids of inSteps(store.recordsOfAuthor(node))) {
    for (const record of await store.records(ids)) {
      const header = await headerOutside(record.header)
      if (header === undefined) continue
      out.push({ record, header })
      bytes += record.leaf.length
      if (out.length >= STEP || bytes >= STEP_BYTES) await move()
    }
  }
  if (out.length > 0) await move()
  return shelved
}

interface Outside {
  readonly record: StoredRecord
  readonly header: HeaderRow
}

const MAX_BATCHES = 64

async function* inSteps(ids: AsyncIterable<Hex>): AsyncIterable<readonly Hex[]> {
  let step: Hex[] = []
  for await (const id of ids) {
    step.push(id)
    if (step.length < READ_STEP) continue
    yield step
    step = []
  }
  yield step
}

/** Codes of what stays where it lies until somebody says something else: a tombstone keeps out what was accepted and is not there. */
const FINAL: ReadonlySet<string> = new Set(['ACCEPTED', 'CHAIN_CLOSED', 'DUPLICATE', 'RECORD_EXPIRED'])

async function bringBack(
  { store, trust, hasher, admission }: ShelfComponents,
  node: Hex,
): Promise<Omit<Reconsidered, 'shelved'> & { readonly left: 'none' | 'final' | 'waiting' }> {
  let returned = 0
  let early = 0
  let left: 'none' | 'final' | 'waiting' = 'none'
  for await (const [key, value] of store.ledgerRows(shelfPrefix(node))) {
    const row = value as ShelfRow
    const bytes = shelvedBytes(row)
    const id = key.slice(shelfPrefix(node).length)
    const admitted = await admission.admitItem({ form: 'record', bytes }, { kind: 'shelf' })
    await admitted.stored
    if (admitted.code === 'RECORD_FROM_FUTURE') early++
    const [isBack] = await store.hasRecords([id])
    if (isBack === true) {
      const ledger = Object.fromEntries(untilHour(row.expires, key, undefined))
      await store.commit({ ledger }, { sync: false })
      returned++
      continue
    }
    if (left !== 'waiting') left = FINAL.has(admitted.code) ? 'final' : 'waiting'
    if (admitted.code === 'CHAIN_CLOSED') {
      const { certificate } = openLoneRecord(hasher, bytes).header.claims
      const author = trust.roster.byId(toHex(certificate))?.keyId
      // A record lies under the key that keeps it out: one that its author's closed chain does comes back when that opens.
      if (author !== undefined && author !== node)
        await admission.inTurn(() => moveTo(store, key, shelfKey(author, id)))
    }
  }
  return { returned, early, left }
}

/** What was erased since it was read stays so. */
async function moveTo(store: Store, from: string, to: string): Promise<void> {
  const row = (await store.ledger(from)) as ShelfRow | undefined
  if (row === undefined) return
  const entries = [...untilHour(row.expires, from, undefined), ...untilHour(row.expires, to, row)]
  await store.commit({ ledger: Object.fromEntries(entries) }, { sync: false })
}
