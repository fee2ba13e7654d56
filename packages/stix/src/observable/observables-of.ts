import type { StixObject } from '../stix-object.ts'
import type { Extraction } from './observable.ts'
export function observablesOf(_object: StixObject): Extraction { throw new Error('stub') }
/** Observables of an indicator each of which alone makes its pattern match: what a blocklist may hold. */
export function soleObservablesOf(_object: StixObject): Extraction['observables'] { throw new Error('stub') }
