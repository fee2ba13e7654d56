import { isWithin } from '@intelmesh/protocol'
import type { Hex, StoredRecord } from '../store/index.ts'
import { mayShow, type QueryComponents } from './may-show.ts'

/**
 * The versions of an object that the asker may see, newest first: every author's, or those of one organisation. Anybody may publish
 * versions of any object, as many as it likes: take no more of them than are needed.
 */
export async function* visibleVersions(
  components: QueryComponents,
  stixId: string,
  organisation?: Hex,
): AsyncIterable<StoredRecord> {
  yield* versionsAt(components, stixId, await visiblePlaces(components, stixId, organisation))
}

async function* versionsAt(
  components: QueryComponents,
  stixId: string,
  places: readonly number[],
): AsyncIterable<StoredRecord> {
  const { store } = components
  // They come by what they say of themselves; those that say the same are ordered here.
  let alike: StoredRecord[] = []
  for (let at = 0; at < places.length; at += READ_STEP) {
    for (const record of await store.recordsAt(places.slice(at, at + READ_STEP))) {
      // The index finds objects by hashes of their ids, which two might share.
      if (record.stixId !== stixId || !mayShow(components, record)) continue
      const isAlike = alike[0] === undefined || alike[0].stixVersion === record.stixVersion
      if (!isAlike || alike.length >= MAX_ALIKE) {
        yield* newestFirst(alike)
        alike = []
      }
      alike.push(record)
    }
  }
  yield* newestFirst(alike)
}

/** The newest visible version of an object, of any organisation or of one. */
export async function newestVisible(
  components: QueryComponents,
  stixId: string,
  organisation?: Hex,
): Promise<StoredRecord | undefined> {
  for await (const record of visibleVersions(components, stixId, organisation)) return record
  return undefined
}

/** Record id of the newest visible version that its organisation published of an object of which the asker may see one version. */
export async function newestIdOf(
  components: QueryComponents,
  { id, sequence, organisation }: StoredRecord,
  stixId: string,
): Promise<Hex | undefined> {
  const places = await visiblePlaces(components, stixId, organisation)
  // Of most objects there is one version, which need not be read again.
  if (places.length === 1 && places[0] === sequence) return id
  for await (const record of versionsAt(components, stixId, places)) return record.id
  return undefined
}

/** Of each organisation and object the newest version. Content that was renewed is shown once, therefore. */
export function newestOfEach<T extends Version>(records: readonly T[]): readonly T[] {
  const newest = new Map<string, T>()
  for (const record of records) {
    const name = `${record.organisation} ${record.stixId ?? record.id}`
    const held = newest.get(name)
    if (held === undefined || byAge(held, record) < 0) newest.set(name, record)
  }
  return [...newest.values()]
}

/** Versions listed of one object. */
export const MAX_LISTED = 1_000
/** Records read at once, and held at once where they are of one time: with the largest there are, some 30 MiB. */
const READ_STEP = 16
const MAX_ALIKE = 128

/** As much of a record as orders it among others. */
type Version = Pick<StoredRecord, 'id' | 'organisation' | 'stixId' | 'stixVersion' | 'hlc'>

function visiblePlaces(
  { store, clearance }: QueryComponents,
  stixId: string,
  organisation: Hex | undefined,
): Promise<readonly number[]> {
  return store.versionsAt(stixId, ({ tlp }) => isWithin(tlp, clearance()), organisation)
}

function newestFirst(versions: readonly StoredRecord[]): readonly StoredRecord[] {
  return versions.toSorted((a, b) => byAge(b, a))
}

/** Orders versions, oldest first: by what they say of themselves, then by when they were published, the same at every node. */
function byAge(a: Version, b: Version): number {
  return (
    (a.stixVersion ?? 0) - (b.stixVersion ?? 0) ||
    Number(a.hlc > b.hlc) - Number(a.hlc < b.hlc) ||
    (a.id < b.id ? -1 : 1)
  )
}
