import type { ChainHead, Hasher } from '@intelmesh/protocol'
import type { HeaderRow, Hex, Store, StoredRecord } from '../store/index.ts'
import type { Trust } from '../trust/index.ts'
import { untilHour } from './due.ts'
import type { Admission } from './open-admission.ts'
import { shelfEntry } from './shelf-rows.ts'

/** What records are moved to the shelf and back with. */
export interface ShelfComponents {
  readonly store: Store
  readonly trust: Trust
  readonly hasher: Hasher
  readonly admission: Admission
}

/** Asked at each step of a long work, and waited for: whether it is to go on, or to be left as it is. */
export type MayGoOn = () => Promise<boolean>

/** What was laid aside, and whether all was that had to be. */
export interface Shelved {
  readonly shelved: number
  readonly isWhole: boolean
}

/** Records read at once, of which each may be a quarter of a MiB. */
const READ_STEP = 64
/** Records moved in one atomic batch, and their bytes. */
const STEP = 512
const STEP_BYTES: number = 4 * 1024 * 1024

/** Lays aside what of a key's records does not hang below the heads that close its chains. */
export async function shelve(
  { store, trust, hasher, admission }: ShelfComponents,
  node: Hex,
  heads: ReadonlyMap<Hex, readonly ChainHead[]>,
  mayGoOn: MayGoOn,
): Promise<Shelved> {
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
    if (!(await mayGoOn())) return { shelved, isWhole: false }
    for (const record of await store.records(ids)) {
      const header = await headerOutside(record.header)
      if (header === undefined) continue
      out.push({ record, header })
      bytes += record.leaf.length
      if (out.length >= STEP || bytes >= STEP_BYTES) await move()
    }
  }
  if (out.length > 0) await move()
  return { shelved, isWhole: true }
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
