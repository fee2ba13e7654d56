import { DATA_COMPARTMENTS, isWithin, labelOf, narrower, type TlpLabel } from '@intelmesh/protocol'
import type { StixObject } from '@intelmesh/stix'
import type { StoredRecord } from '../store/index.ts'
import type { PublishingParts } from './components.ts'
import { isLater } from './own-versions.ts'

/** Types of objects that say something about others. */
const COMMENTS: ReadonlySet<string> = new Set(['sighting', 'opinion', 'note'])
/** Versions of one object that are read. Where there are more, what is not read counts as the narrowest that there may be. */
const MAX_VERSIONS = 1000

/** Whether an object is a sighting, an opinion or a note. */
export function isComment({ type }: StixObject): boolean {
  return COMMENTS.has(type)
}

/**
 * Gives the widest label that a comment may bear: the narrowest of what it refers to, as far as who asks may see, with what stands
 * in the same request.
 *
 * @see docs/spec/records.md, "Publishing"
 */
export function commentLabels(
  { store }: Pick<PublishingParts, 'store'>,
  request: readonly { readonly stixId: string; readonly label: TlpLabel }[],
  clearance: TlpLabel,
): (object: StixObject) => Promise<TlpLabel> {
  const beside = new Map<string, TlpLabel>()
  for (const { stixId, label } of request) beside.set(stixId, narrower(beside.get(stixId) ?? 'clear', label))
  return async (object) => {
    let label: TlpLabel = 'clear'
    for (const id of referencesIn(object)) {
      label = narrower(label, beside.get(id) ?? 'clear')
      label = narrower(label, (await labelOfObject(store, id, clearance)) ?? 'clear')
    }
    return label
  }
}

/** The narrowest label of the newest version of each organisation; undefined for an object of which none may be seen. */
export async function labelOfObject(
  store: PublishingParts['store'],
  stixId: string,
  clearance: TlpLabel,
): Promise<TlpLabel | undefined> {
  const newest = new Map<string, StoredRecord>()
  const versions = await store.versions(stixId, ({ tlp }) => isWithin(tlp, clearance))
  for (const id of versions.slice(0, MAX_VERSIONS)) {
    const record = await store.record(id)
    if (record === undefined) continue
    const held = newest.get(record.organisation)
    if (held === undefined || isLater(record, held)) newest.set(record.organisation, record)
  }
  if (versions.length > MAX_VERSIONS) return narrowestHeld(clearance)
  return [...newest.values()].map(({ tlp }) => tlp).reduce<TlpLabel | undefined>(narrowest, undefined)
}

/** Every STIX id in a property whose name says that it refers to an object, but for author and markings. */
function referencesIn(object: StixObject): readonly string[] {
  const ids = Object.entries(object)
    .filter(([name]) => (name.endsWith('_ref') || name.endsWith('_refs')) && !ABOUT_ITSELF.has(name))
    .flatMap(([, value]) => [value].flat())
  return [...new Set(ids.filter((id) => typeof id === 'string'))]
}

const ABOUT_ITSELF: ReadonlySet<string> = new Set(['created_by_ref', 'object_marking_refs'])

/** The narrowest label within `clearance` that a record in a store can bear. */
function narrowestHeld(clearance: TlpLabel): TlpLabel {
  const labels = DATA_COMPARTMENTS.map(labelOf).filter((label) => isWithin(label, clearance))
  return labels.reduce(narrower, 'clear')
}

function narrowest(label: TlpLabel | undefined, other: TlpLabel): TlpLabel {
  return label === undefined ? other : narrower(label, other)
}
