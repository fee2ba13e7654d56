import type { JsonObject } from '../json/json-value.ts'
import type { FindingList } from './finding.ts'

/** What a check may look at besides the value in hand. */
export interface Context {
  readonly findings: FindingList
  /** Type of the object the value belongs to, which decides the predefined extensions. */
  readonly objectType: string
  /** Siblings by key, inside `objects` of observed-data. */
  readonly siblings?: JsonObject
  /** Checks an object against the shape called `name`. Handed down, since shapes nest. */
  readonly validateShape: (object: JsonObject, name: string, path: string, context: Context) => void
}

/** Where a value stands, and the section that rules it. */
export interface Place {
  readonly path: string
  readonly rule: string
}
