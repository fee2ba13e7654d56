import type { JsonValue } from './json/json-value.ts'

/** One STIX object: any JSON object with a `type` and an `id`. Unknown types and properties are kept as they are. */
export type StixObject = {
  readonly type: string
  readonly id: string
  readonly [property: string]: JsonValue
}
