import { type Hasher, mayRetract, openLoneRecord, parseLeaf } from '@intelmesh/protocol'
import type { HeaderRow, Hex, RecordRow, Store } from '../store/index.ts'
import { untilHour } from './due.ts'
import { graveEntry, graveMark, graveOf } from './graves.ts'
import { shelfEntry, shelfKey, type ShelfRow, shelvedBytes } from './shelf-rows.ts'

/** What tombstones are heeded with. */
export interface RetractionComponents {
  readonly store: Pick<Store, 'record' | 'header' | 'tombstonesOf' | 'ledger'>
  readonly hasher: Hasher
  /** Node key ids of an organisation, of every certificate that is known. */
  readonly nodesOf: (organisation: Hex) => Iterable<Hex>
}

/** What becomes of records when tombstones are heeded. */
export interface Retraction {
  /** Rows to store. */
  readonly records: readonly RecordRow[]
  /** Records of the store that are taken back, for whatever reason. */
  readonly removed: readonly Hex[]
  /** Records that a leak takes back: nothing of them stays, in the store or on the shelf. */
  readonly erased: readonly Hex[]
  /**
   * Rows of the ledger: what else was taken back, kept for the day on which the tombstone's author turns out not to have been itself,
   * and that it was here once, for who asks what became of it; `undefined` for what leaves the shelf, and a mark that goes with a leak.
   */
  readonly ledger: Readonly<Record<string, unknown>>
  readonly takenBack: readonly TakenBack[]
}

/** A record, and the tombstones that count against it. */
export interface TakenBack {
  readonly record: RecordRow
  readonly tombstones: readonly RecordRow[]
}

/** As much of a record as says whether a tombstone counts against it. */
interface Target {
  readonly organisation: Hex
  readonly compartment: string
  readonly expires: number
  readonly isTombstone: boolean
}

/** What arrived. */
export interface Arrived {
  /** Records that are new to the store. */
  readonly rows: readonly RecordRow[]
  /** Ids of those that tombstones in the store name. */
  readonly isNamed: ReadonlySet<Hex>
  readonly headers: readonly HeaderRow[]
}

/**
 * Heeds the tombstones among rows, and those that the store holds already. The result depends on what there
 * is, and not on what came first.
 *
 * @see docs/spec/records.md, "Retraction" and "Erasing"
 */
export async function heedTombstones(
  components: RetractionComponents,
  { rows, isNamed, headers }: Arrived,
): Promise<Retraction> {
  const { store, hasher } = components
  const tombstones = rows.filter(({ retracts }) => retracts.length > 0)
  const arriving = Map.groupBy(
    tombstones.flatMap((row) => row.retracts.map((id) => ({ id, row }))),
    ({ id }) => id,
  )
  // A header may come by itself too: the one with its leaves gives the proofs.
  const byHash = new Map(headers.toSorted(leavesLast).map((header) => [header.hash, header]))
  const ledger = new Map<string, unknown>()
  const takenBack: TakenBack[] = []
  const erased: Hex[] = []
  const isLeak = createLeakTest(hasher)

  /** Also of a row that goes: the hour is that of its record. */
  function put(expires: number, [key, row]: readonly [string, unknown]): void {
    for (const [each, value] of untilHour(expires, key, row)) ledger.set(each, value)
  }

  /**
   * Nothing of a leak stays on the shelf. Where it lay once counts as well: what goes with an erasure leaves the files, and a row that
   * was moved or came back has only been deleted.
   */
  function clearShelf({
    id,
    organisation,
    expires,
  }: Pick<RecordRow, 'id' | 'organisation' | 'expires'>): void {
    for (const node of new Set(components.nodesOf(organisation)))
      put(expires, [shelfKey(node, id), undefined])
  }

  /**
   * Whether any of the tombstones counts against the record. It is then laid aside under each author of one, or erased if it was a
   * leak.
   */
  async function isTakenBack(record: RecordRow, tombstones: readonly RecordRow[]): Promise<boolean> {
    const counting = tombstones.filter((tombstone) => takesBack(tombstone, targetOf(record)))
    if (counting.length === 0) return false
    takenBack.push({ record, tombstones: counting })
    // What comes again after it was taken back has no place in the order of arrival: the first grave stays.
    if ('sequence' in record || (await graveOf(store, record.id)) === undefined)
      put(record.expires, graveEntry(record))
    const mark = graveMark(hasher, record)
    if (mark !== undefined) put(record.expires, [mark[0], counting.some(isLeak) ? undefined : mark[1]])
    if (counting.some(isLeak)) {
      erased.push(record.id)
      clearShelf(record)
      return true
    }
    const header = byHash.get(record.header) ?? (await store.header(record.header))
    if (header === undefined) throw new RangeError(`record ${record.id} has no header`)
    byHash.set(record.header, header)
    for (const { author } of counting) put(record.expires, shelfEntry(hasher, author, { header, record }))
    return true
  }

  const removed: Hex[] = []
  for (const [id, each] of arriving) {
    const naming = each.map(({ row }) => row)
    const target = await store.record(id)
    if (target !== undefined) {
      if (await isTakenBack(target, naming)) removed.push(id)
      continue
    }
    for (const tombstone of naming.filter(isLeak)) {
      for (const row of await shelvedRows(components, { id, organisation: tombstone.organisation })) {
        if (!takesBack(tombstone, shelvedTarget(hasher, row, tombstone.organisation))) continue
        erased.push(id)
        const place = { id, organisation: tombstone.organisation, expires: row.expires }
        clearShelf(place)
        const mark = graveMark(hasher, { ...place, ...shelvedObject(hasher, row) })
        if (mark !== undefined) put(row.expires, [mark[0], undefined])
      }
    }
  }
  const records: RecordRow[] = []
  for (const row of rows) {
    const together = arriving.get(row.id) ?? []
    const held = isNamed.has(row.id) ? await heldTombstones(store, row) : []
    const naming = [...together.map((each) => each.row), ...held]
    if (naming.length === 0 || !(await isTakenBack(row, naming))) records.push(row)
  }
  return {
    records,
    removed,
    erased,
    ledger: Object.fromEntries(ledger),
    takenBack,
  }
}

function leavesLast(a: HeaderRow, b: HeaderRow): number {
  return Number(a.leafHashes !== undefined) - Number(b.leafHashes !== undefined)
}

/** Tells tombstones that give a leak as their reason, each read once. */
function createLeakTest(hasher: Hasher): (tombstone: RecordRow) => boolean {
  const known = new Map<Hex, boolean>()
  return ({ id, leaf }) => {
    const isLeak = known.get(id) ?? parseLeaf(hasher, leaf).body.reason === 'leak'
    known.set(id, isLeak)
    return isLeak
  }
}

/**
 * Rows of the shelf that hold a record: nothing keeps a record out but its own author's closed chain, and tombstones of its own
 * organisation.
 */
async function shelvedRows(
  { store, nodesOf }: RetractionComponents,
  { id, organisation }: Pick<RecordRow, 'id' | 'organisation'>,
): Promise<readonly ShelfRow[]> {
  const found: ShelfRow[] = []
  for (const node of new Set(nodesOf(organisation))) {
    const row = await store.ledger(shelfKey(node, id))
    if (row !== undefined) found.push(row as ShelfRow)
  }
  return found
}

function shelvedTarget(hasher: Hasher, row: ShelfRow, organisation: Hex): Target {
  const { clear, body } = parseLeaf(hasher, openLoneRecord(hasher, shelvedBytes(row)).leaf)
  const [compartment = ''] = clear.compartments
  return { organisation, compartment, expires: clear.expires, isTombstone: body.kind === 'tombstone' }
}

function shelvedObject(hasher: Hasher, row: ShelfRow): Pick<RecordRow, 'stixId'> {
  const { stix } = parseLeaf(hasher, openLoneRecord(hasher, shelvedBytes(row)).leaf).body
  // The bytes passed admission when they came.
  return stix === undefined ? {} : { stixId: (JSON.parse(Buffer.from(stix).toString()) as { id: string }).id }
}

async function heldTombstones(
  store: RetractionComponents['store'],
  { id, organisation, retracts }: RecordRow,
): Promise<readonly RecordRow[]> {
  if (retracts.length > 0) return []
  // Anybody may name a record in tombstones, as many as it likes: those of others never count, and are not read.
  const own = await store.tombstonesOf(id, (row) => row.organisation === organisation)
  const held = await Promise.all(own.map((tombstone) => store.record(tombstone)))
  return held.filter((row) => row !== undefined)
}

function targetOf({ organisation, set, expires, retracts }: RecordRow): Target {
  const [compartment = set] = set.split('/')
  return { organisation, compartment, expires, isTombstone: retracts.length > 0 }
}

/** Whether a tombstone counts: only its own organisation takes a record back, in its compartment, and for as long as it lives. */
function takesBack(tombstone: RecordRow, target: Target): boolean {
  return (
    !target.isTombstone &&
    tombstone.organisation === target.organisation &&
    mayRetract(reachOf(targetOf(tombstone)), reachOf(target))
  )
}

function reachOf({ compartment, expires }: Target): Parameters<typeof mayRetract>[0] {
  return { compartments: [compartment], expires }
}
