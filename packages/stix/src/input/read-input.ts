import type { StixErrorCode } from '../errors.ts'
import type { JsonValue } from '../json/json-value.ts'
export type InputFormat = 'stix' | 'ndjson' | 'csv' | 'list'
export interface InputOptions {
  /** File name, used only to guess the format. */
  readonly name: string
  /** @default 'auto' */
  readonly format?: InputFormat | 'auto'
  /** ms since the Unix epoch, for the indicators made of plain values. */
  readonly now: number
  /** Makes one lower-case version-4 UUID per call. */
  readonly uuid: () => string
}
/** One thing read, and where it stood: `line` from 1 in text, `index` from 0 in a bundle or list. */
export type InputItem =
  | { readonly object: JsonValue; readonly line?: number; readonly index?: number }
  | { readonly refused: { readonly code: StixErrorCode; readonly path: string; readonly rule: string; readonly message: string }; readonly line?: number; readonly index?: number }
export function readInput(_bytes: Uint8Array, _options: InputOptions): Iterable<InputItem> { throw new Error('stub') }
