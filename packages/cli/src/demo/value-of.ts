import { observablesOf, type StixObject } from '@intelmesh/stix'
import type { Publication } from './step.ts'

/** The first value of a publication, in the form in which it is looked up; `undefined` where there is none, as of a report. */
export function valueOf({ item }: Pick<Publication, 'item'>): string | undefined {
  return observablesOf(JSON.parse(item.text) as StixObject).observables[0]?.value
}
