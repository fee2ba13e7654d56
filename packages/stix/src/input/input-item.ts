import { StixError } from '../errors.ts'
import type { StixErrorCode } from '../errors.ts'
import type { JsonObject } from '../json/json-value.ts'

/**
 * Where an item stood: `line` counts from 1 in text, `index` from 0 in a bundle or list. A refusal with neither is one of the
 * whole input, of which nothing more was read.
 */
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

/** An object to be validated. */
export interface InputObject {
  readonly object: JsonObject
  /** Made of one plain value: its id and times stand for nothing, but a `valid_from` that differs from `created` was given. */
  readonly isValue?: true
}

/** One thing read. */
export type InputItem = InputPlace & (InputObject | { readonly refused: InputRefusal })

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
