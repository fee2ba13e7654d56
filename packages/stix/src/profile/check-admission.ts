import type { StixErrorCode } from '../errors.ts'
import type { StixObject } from '../stix-object.ts'
export const ADMISSION_PROFILE: 1 = 1
export interface AdmittedObject {
  readonly object: StixObject
  readonly id: string
  readonly type: string
  /** ms since the Unix epoch */
  readonly created?: number
  readonly modified?: number
  /** Version key: modified, else created; undefined for cyber-observable objects. */
  readonly version?: number
}
export type AdmissionVerdict =
  | { readonly ok: true; readonly value: AdmittedObject }
  | { readonly ok: false; readonly code: StixErrorCode; readonly path: string; readonly rule: string }
export function checkAdmission(_bytes: Uint8Array): AdmissionVerdict { throw new Error('stub') }
