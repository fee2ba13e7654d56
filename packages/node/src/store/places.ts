import type { Observable } from '@intelmesh/stix'
import type { RecordRow } from './interface.ts'
import { textDigits } from './keys.ts'
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
  const key = observableKey(value, values)
  return { table: 'values', key, name: nameOf('v', key) }
}

/** The row of what is about an object. */
export function referencePlace(stixId: string, { digits }: Mask): PostingPlace {
  const key = Buffer.from(textDigits(digits, stixId), 'hex')
  return { table: 'references', key, name: nameOf('r', key) }
}

/** The row of what takes a record back, of its id. */
export function targetPlace(id: Uint8Array): PostingPlace {
  return { table: 'targets', key: id, name: nameOf('t', id) }
}

/** Keys have at most some hundred bytes. */
function nameOf(table: string, key: Uint8Array): string {
  return table + String.fromCharCode.apply(undefined, key as never)
}
