import type { StixObject } from '../stix-object.ts'
import type { TlpLabel } from './tlp-label.ts'
/** An object and the label it is published under. */
export interface Marked { readonly object: StixObject; readonly label: TlpLabel }
export interface MarkingRefusal { readonly object: StixObject; readonly code: 'TLP_ABOVE_CEILING' | 'TLP_MARKING_UNKNOWN'; readonly path: string; readonly rule: string }
/** A marking-definition left out, because its id already has a fixed meaning. */
export interface MarkingNotice { readonly id: string; readonly code: 'TLP_MARKING_REDEFINED' | 'TLP_MARKING_BUILT_IN' }
export interface Resolution { readonly marked: readonly Marked[]; readonly refused: readonly MarkingRefusal[]; readonly notices: readonly MarkingNotice[] }
export function resolveLabels(_objects: readonly StixObject[], _ceiling: TlpLabel): Resolution { throw new Error('stub') }
