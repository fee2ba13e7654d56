import type { StixObject } from '../stix-object.ts'
import type { TlpLabel } from './tlp-label.ts'
/** A marking nobody here can read: the object must not be released. */
export interface UnknownMarking { readonly unknownMarking: string; readonly path: string }
export function ownLabel(_object: StixObject, _markingsById: ReadonlyMap<string, StixObject>): TlpLabel | UnknownMarking | undefined { throw new Error('stub') }
