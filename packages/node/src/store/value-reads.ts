import type { Observable } from '@intelmesh/stix'
import type { TlpLabel } from '@intelmesh/protocol'
import { arrivalOf, type Cell, CELL_BYTES, readCell } from './cells.ts'
import type { Database } from './database.ts'
import { hasRows } from './gathered-reads.ts'
import type { Arrival, Postings, Wanted } from './answers.ts'
import type { Hex, Store, StoredRecord } from './interface.ts'
import type { Names } from './names.ts'
import { observableKey, rangesBelow } from './observable-keys.ts'
import { unlistedCells } from './overflow.ts'
import { referencePlace, targetPlace, valuePlace } from './places.ts'
import type { PostingPlace } from './posting-draft.ts'
import { isCounting, readPostings } from './postings.ts'
import { hexRange, idsAt, recordsAt } from './record-reads.ts'
import { fromHex } from './row-encoding.ts'
import type { Sidecar } from './sidecar/index.ts'
import type { State } from './state.ts'
import { readVersion, versionPrefix } from './versions.ts'

type ValueReads = Pick<
  Store,
  | 'postingsBelow'
  | 'postings'
  | 'lookup'
  | 'referring'
  | 'tombstonesOf'
  | 'namedByTombstones'
  | 'versions'
  | 'versionsAt'
>

/** Cells of an index of which it is asked whether their records are wanted: a second's work. */
export const MAX_ASKED = 100_000

/** The part of the store that reads records by what they name: in memory, where that says all that a row would. */
export function valueReads(
  database: Database,
  state: () => State,
  memory: Pick<Sidecar, 'only'>,
): ValueReads {
  return {
    async postings(observable) {
      const { mask, names } = state()
      const only = memory.only(observable)
      if (only !== undefined) return postingsOf([only], names)
      const row = database.getHere('values', observableKey(observable, mask.values))
      return postingsIn(row instanceof Promise ? await row : row, names)
    },
    async postingsBelow(observable, limit) {
      const rows: Postings[] = []
      for (const range of rangesBelow(observable, state().mask.values)) {
        const left = { ...range, limit: limit - rows.length }
        if (left.limit > 0)
          for await (const [, row] of database.entries('values', left))
            rows.push(postingsIn(row, state().names))
      }
      return rows
    },
    async lookup(observable, limit, isWanted) {
      const only = memory.only(observable)
      const cells =
        only === undefined
          ? await cellsNaming(database, state(), valuePlace(observable, state().mask), isWanted)
          : [only].filter((cell) => isWanted?.(arrivalOf(cell, state().names)) ?? true)
      return naming(database, newestFirst(cells), observable, limit)
    },
    async referring(stixId, limit, isWanted) {
      const cells = await cellsNaming(database, state(), referencePlace(stixId, state().mask), isWanted)
      const places = newestFirst(cells).map(({ sequence }) => sequence)
      const records = await recordsAt(database, places.slice(0, limit))
      return records.filter(({ references }) => references.includes(stixId)).map(({ id }) => id)
    },
    async tombstonesOf(id, isWanted) {
      const cells: Cell[] = []
      for (const key of await targetKeys(database, id))
        cells.push(...(await cellsNaming(database, state(), targetPlace(key), isWanted)))
      const places = new Set(cells.map(({ sequence }) => sequence))
      return idsAt(
        database,
        [...places].toSorted((a, b) => a - b),
      )
    },
    namedByTombstones: (ids) => hasRows(database, 'targets', ids.map(fromHex)),
    versionsAt: (stixId, isWanted, organisation) =>
      versionsAt(database, state(), stixId, isWanted, organisation),
    async versions(stixId, isWanted, organisation) {
      const places = await versionsAt(database, state(), stixId, isWanted, organisation)
      const records = await recordsAt(database, places)
      return records.filter((record) => record.stixId === stixId).map(({ id }) => id)
    },
  }
}

/** Cells of the versions of an object, every author's or those of one organisation, newest version first. */
export async function versionCells(
  database: Database,
  { mask, names }: State,
  stixId: string,
  organisation: Hex | undefined,
): Promise<readonly Cell[]> {
  const number = organisation === undefined ? undefined : names.numberOf('organisation', organisation)
  if (number === 0) return []
  const cells: ReturnType<typeof readVersion>[] = []
  const range = { prefix: versionPrefix(mask, stixId, number), reverse: true, limit: MAX_ASKED }
  for await (const [key, row] of database.entries('versions', range)) cells.push(readVersion(key, row))
  return number === undefined
    ? cells.toSorted((a, b) => b.version - a.version || b.sequence - a.sequence)
    : cells
}

async function versionsAt(
  database: Database,
  state: State,
  stixId: string,
  isWanted: Wanted | undefined,
  organisation: Hex | undefined,
): Promise<readonly number[]> {
  const cells = await versionCells(database, state, stixId, organisation)
  const wanted =
    isWanted === undefined ? cells : cells.filter((cell) => isWanted(arrivalOf(cell, state.names)))
  return wanted.map(({ sequence }) => sequence)
}

/** What a row says, in words. */
function postingsIn(row: Uint8Array | undefined, names: Names): Postings {
  const cells: Cell[] = []
  // From its end: the newest first.
  for (let at = (row?.length ?? 0) - CELL_BYTES; at >= 0; at -= CELL_BYTES)
    cells.push(readCell(row as Uint8Array, at))
  return postingsOf(cells, names)
}

function postingsOf(cells: readonly Cell[], names: Names): Postings {
  const listed: Arrival[] = []
  const counts: { organisation: Hex; tlp: TlpLabel; count: number }[] = []
  for (const cell of cells) {
    const isCount = isCounting(cell)
    const arrival = arrivalOf(cell, names)
    if (!isCount) listed.push(arrival)
    const { organisation, tlp } = arrival
    const by = isCount ? cell.sequence : 1
    const held = counts.find((each) => each.organisation === organisation && each.tlp === tlp)
    if (held === undefined) counts.push({ organisation, tlp, count: by })
    else held.count += by
  }
  return { listed, counts }
}

/** Those of some records that do name a value, as many as are wanted. */
async function naming(
  database: Database,
  cells: readonly Cell[],
  observable: Observable,
  limit: number,
): Promise<{ ids: readonly Hex[]; total: number }> {
  const ids: Hex[] = []
  let total = cells.length
  for (let at = 0; at < cells.length && ids.length < limit; at += LOOKUP_STEP) {
    const step = cells.slice(at, at + Math.min(LOOKUP_STEP, limit - ids.length))
    const records = await recordsAt(
      database,
      step.map(({ sequence }) => sequence),
    )
    const naming = records.filter((record) => isNaming(record, observable))
    total -= step.length - naming.length
    ids.push(...naming.map(({ id }) => id))
  }
  return { ids, total }
}

/** Two values may have one key, if hardly ever. */
function isNaming({ observables }: StoredRecord, { type, value }: Observable): boolean {
  return observables.some((each) => each.type === type && each.value === value)
}

/** All cells of a row that are wanted: those listed first, newest first, then those of each organisation that are not. */
async function cellsNaming(
  database: Database,
  { names }: State,
  place: PostingPlace,
  isWanted: Wanted = () => true,
): Promise<readonly Cell[]> {
  const { listed, counts } = readPostings(await database.getHere(place.table, place.key))
  const wanted = listed.toReversed().filter((cell) => isWanted(arrivalOf(cell, names)))
  let asked = listed.length
  for (const organisation of new Set(counts.map((count) => count.organisation))) {
    for await (const cell of unlistedCells(database, { ...place, organisation })) {
      if (++asked > MAX_ASKED) return wanted
      if (isWanted(arrivalOf(cell, names))) wanted.push(cell)
    }
  }
  return wanted
}

/** Keys of the rows of an id, or of those that begin with some digits. */
async function targetKeys(database: Database, id: string): Promise<readonly Uint8Array[]> {
  const range = hexRange(id)
  if (range === undefined) return []
  if (id.length === ID_DIGITS) return [fromHex(id)]
  const keys: Uint8Array[] = []
  for await (const [key] of database.entries('targets', { ...range, limit: MAX_TARGETS }))
    keys.push(key.slice())
  return keys
}

function newestFirst(cells: readonly Cell[]): readonly Cell[] {
  return cells.toSorted((a, b) => b.sequence - a.sequence)
}

const ID_DIGITS = 64
/** Records that begin alike of which it is asked who takes them back. */
const MAX_TARGETS = 10_000
const LOOKUP_STEP = 64
