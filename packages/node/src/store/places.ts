import type { Observable } from '@intelmesh/stix'
import type { RecordRow } from './interface.ts'
import { textKey } from './keys.ts'
import type { Mask } from './mask.ts'
import { observableKey } from './observable-keys.ts'
import type { PostingPlace } from './posting-draft.ts'
import { fromHex } from './row-encoding.ts'

/** Rows of postings in which a record stands, each once. */
export function placesOf(
  { observables, references, retracts }: Pick<RecordRow, 'observables' | 'references' | 'retracts'>,
  mask: Mask,
): readonly PostingPlace[] {
  const places = observables.map((observable) => valuePlace(observable, mask))
  for (const stixId of references) places.push(referencePlace(stixId, mask))
  for (const id of retracts) places.push(targetPlace(fromHex(id)))
  if (places.length < 2) return places
  return [...new Map(places.map((place) => [place.name, place])).values()]
}

/** The row of a value. */
export function valuePlace(value: Observable, { values }: Mask): PostingPlace {
  return { ...placeAt('values', observableKey(value, values)), value }
}

/** The row of what is about an object. */
export function referencePlace(stixId: string, { bytes }: Mask): PostingPlace {
  return placeAt('references', textKey(bytes, stixId))
}

/** The row of what takes a record back, of its id. */
export function targetPlace(id: Uint8Array): PostingPlace {
  return placeAt('targets', id)
}

function placeAt(table: PostingPlace['table'], key: Uint8Array): PostingPlace {
  return { table, key, name: table + Buffer.from(key.buffer, key.byteOffset, key.length).toString('latin1') }
}
