import type { StixObject } from '../stix-object.ts'
import type { TlpLabel } from './tlp-label.ts'
export interface FixedMarking { readonly label: TlpLabel; readonly object: StixObject }
export const fixedMarkings: ReadonlyMap<string, FixedMarking> = new Map()
export function markingFor(_label: TlpLabel): StixObject { throw new Error('stub') }
