import { StixError } from '../errors.ts'
import type { StixErrorCode } from '../errors.ts'
import type { JsonObject } from '../json/json-value.ts'

/** Where an item stood: `line` counts from 1 in text, `index` from 0 in a bundle or list. */
export interface InputPlace {
  readonly line?: number
  readonly index?: number
}

/** Why an item was not read. Nothing else of the file is affected. */
export interface InputRefusal {
  readonly code: StixErrorCode
  readonly path: string
  readonly rule: string
  readonly message: string
}

/** One thing read: an object to be validated, or a refusal. */
export type InputItem = InputPlace & ({ readonly object: JsonObject } | { readonly refused: InputRefusal })

/** Turns an error into a refusal at a place. Errors that are not ours are bugs and pass through. */
export function refuse(error: unknown, place: InputPlace): InputItem {
  if (!(error instanceof StixError)) throw error
  const { code, path, rule, message } = error
  return { refused: { code, path, rule, message }, ...place }
}

/** A fault of a file offered for publishing. */
export function inputFault(code: StixErrorCode, message: string): StixError {
  return new StixError(code, message, { path: '', rule: 'docs/spec/stix.md, "Input"' })
}
