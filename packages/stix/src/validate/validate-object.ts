import type { StixErrorCode } from '../errors.ts'
import type { StixObject } from '../stix-object.ts'
/** One broken rule: where, which, and in words. */
export interface Finding { readonly path: string; readonly rule: string; readonly code: StixErrorCode; readonly message: string }
/** `strict`: SHOULD rules of the standard as well. @default false */
export interface ValidateOptions { readonly strict?: boolean }
export function validateObject(_object: StixObject, _options: ValidateOptions = {}): readonly Finding[] { throw new Error('stub') }
