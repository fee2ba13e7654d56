import type { StoredRecord } from '../store/index.ts'
import { mayShow, type QueryComponents } from './may-show.ts'

/** The versions of an object that the asker may see, every author's, newest first. */
export async function visibleVersions(
  components: QueryComponents,
  stixId: string,
): Promise<readonly StoredRecord[]> {
  const { store } = components
  const versions = await store.records(await store.versions(stixId))
  return versions.filter((record) => mayShow(components, record)).sort((a, b) => byAge(b, a))
}

/** Whether the organisation of a record has published a later version of it that the asker may see. */
export async function isSuperseded(components: QueryComponents, record: StoredRecord): Promise<boolean> {
  const { stixId } = record
  if (stixId === undefined) return false
  const ids = await components.store.versions(stixId)
  if (ids.length <= 1) return false
  const versions = await visibleVersions(components, stixId)
  return newestOfEach(versions).every(({ id }) => id !== record.id)
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

/** As much of a record as orders it among others. */
type Version = Pick<StoredRecord, 'id' | 'organisation' | 'stixId' | 'stixVersion' | 'hlc'>

/** Orders versions, oldest first: by what they say of themselves, then by when they were published, the same at every node. */
function byAge(a: Version, b: Version): number {
  return (
    (a.stixVersion ?? 0) - (b.stixVersion ?? 0) ||
    Number(a.hlc > b.hlc) - Number(a.hlc < b.hlc) ||
    (a.id < b.id ? -1 : 1)
  )
}
