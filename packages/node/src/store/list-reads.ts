import { isWithin } from '@intelmesh/protocol'
import { arrivalOf, type Cell } from './cells.ts'
import type { Database } from './database.ts'
import type { Arrival, RecordQuery } from './answers.ts'
import type { Hex, Store, StoredRecord } from './interface.ts'
import { cellsInWindow, type List, listKey, listPrefix, windowNumber } from './lists.ts'
import { idsAt, READ_STEP, recordsAt } from './record-reads.ts'
import type { State } from './state.ts'
import { MAX_ASKED, versionCells } from './value-reads.ts'

type ListReads = Pick<Store, 'queryRecords' | 'newestOfType' | 'recordsOfAuthor' | 'expiring'>

/** The part of the store that reads records by what they have in common. */
export function listReads(database: Database, state: () => State): ListReads {
  return {
    queryRecords: (query) => queryRecords(database, state(), query),
    async *newestOfType(type, isWanted = () => true) {
      const { names } = state()
      const number = names.numberOf('type', type)
      let places: number[] = []
      let asked = 0
      for await (const cell of newestFirst(database, { kind: 'type', number })) {
        if (++asked > MAX_ASKED) break
        if (!isWanted({ ...arrivalOf(cell, names), type })) continue
        places.push(cell.sequence)
        if (places.length < READ_STEP) continue
        yield* ofType(await recordsAt(database, places), type)
        places = []
      }
      yield* ofType(await recordsAt(database, places), type)
    },
    async *recordsOfAuthor(author) {
      const number = state().names.numberOf('author', author)
      if (number === 0) return
      for await (const [key, row] of database.entries('lists', {
        prefix: listPrefix({ kind: 'author', number }),
      }))
        yield* await idsAt(
          database,
          cellsInWindow(key, row).map(({ sequence }) => sequence),
        )
    },
    expiring: (hour, limit) => expiring(database, hour, limit),
  }
}

/** Records in the order of arrival; fewer than the limit only where there are no more. */
async function queryRecords(
  database: Database,
  state: State,
  query: RecordQuery,
): Promise<readonly StoredRecord[]> {
  const records: StoredRecord[] = []
  let places: number[] = []
  async function read(): Promise<void> {
    const found = await recordsAt(database, places)
    records.push(...(query.type === undefined ? found : ofType(found, query.type)))
    places = []
  }
  for await (const cell of cellsFor(database, state, query)) {
    if (!isAskedFor(arrivalOf(cell, state.names), query)) continue
    places.push(cell.sequence)
    if (records.length + places.length >= query.limit || places.length >= READ_STEP) await read()
    if (records.length >= query.limit) return records
  }
  await read()
  return records
}

/** What may be asked for, by the narrowest index that a query allows. */
async function* cellsFor(database: Database, state: State, query: RecordQuery): AsyncIterable<Cell> {
  const { stixId, type, organisation, afterSequence } = query
  const { names } = state
  if (stixId !== undefined) {
    const versions = await versionCells(database, state, stixId, organisation)
    yield* versions
      .filter(({ sequence }) => sequence > afterSequence)
      .toSorted((a, b) => a.sequence - b.sequence)
    return
  }
  const list: List =
    type !== undefined
      ? { kind: 'type', number: names.numberOf('type', type) }
      : organisation !== undefined
        ? { kind: 'organisation', number: names.numberOf('organisation', organisation) }
        : { kind: 'all', number: 0 }
  const range = { prefix: listPrefix(list), from: listKey(list, windowNumber(afterSequence + 1)) }
  for await (const [key, row] of database.entries('lists', range))
    for (const cell of cellsInWindow(key, row)) if (cell.sequence > afterSequence) yield cell
}

/** Types without a number share a list: of these, only reading tells. */
function isAskedFor(arrival: Arrival, { type, tlp, within, organisation, plainOnly }: RecordQuery): boolean {
  return (
    (type === undefined || arrival.type === undefined || arrival.type === type) &&
    (tlp === undefined || arrival.tlp === tlp) &&
    (within === undefined || isWithin(arrival.tlp, within)) &&
    (organisation === undefined || arrival.organisation === organisation) &&
    !(plainOnly && arrival.isTombstone)
  )
}

function ofType(records: readonly StoredRecord[], type: string): readonly StoredRecord[] {
  return records.filter(({ stixType }) => stixType === type)
}

async function* newestFirst(database: Database, list: List): AsyncIterable<Cell> {
  for await (const [key, row] of database.entries('lists', { prefix: listPrefix(list), reverse: true }))
    yield* cellsInWindow(key, row).toReversed()
}

async function expiring(database: Database, hour: number, limit: number): Promise<readonly Hex[]> {
  const places: number[] = []
  const range = {
    from: listPrefix({ kind: 'expiry', number: 0 }),
    until: listPrefix({ kind: 'expiry', number: hour + 1 }),
  }
  for await (const [key, row] of database.entries('lists', range)) {
    places.push(...cellsInWindow(key, row).map(({ sequence }) => sequence))
    if (places.length >= limit) break
  }
  return idsAt(database, places.slice(0, limit))
}
