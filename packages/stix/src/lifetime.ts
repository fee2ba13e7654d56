import type { Observable } from './observable/observable.ts'
import type { StixObject } from './stix-object.ts'
export const MAX_LIFETIME_DAYS = 3650
export function lifetimeDays(_object: StixObject, _observables: readonly Observable[]): number { throw new Error('stub') }
