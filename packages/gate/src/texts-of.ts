import { isJsonList, isJsonObject, type JsonValue, type StixObject } from '@intelmesh/stix'

/** A string that people wrote for people, and where it stands. */
export interface FreeText {
  /** As in `external_references[0].description`. */
  readonly path: string
  readonly text: string
}

/** Properties that hold free text, wherever in an object they stand. */
const FREE_TEXT: ReadonlySet<string> = new Set([
  'abstract',
  'arguments',
  'body',
  'command_line',
  'contact_information',
  'content',
  'description',
  'explanation',
  'name',
  'notes',
  'statement',
  'subject',
  'summary',
])

/** As deep as objects are that are admitted. */
const MAX_DEPTH = 32

/** The free text of an object, in the order of its properties. */
export function textsOf(object: StixObject): Generator<FreeText, void> {
  return textsIn(object, '', false, MAX_DEPTH)
}

function* textsIn(value: JsonValue, path: string, isFree: boolean, depth: number): Generator<FreeText, void> {
  if (typeof value === 'string') {
    if (isFree) yield { path, text: value }
    return
  }
  if (depth === 0) return
  if (isJsonList(value)) {
    for (const [i, item] of value.entries()) yield* textsIn(item, `${path}[${i}]`, isFree, depth - 1)
  } else if (isJsonObject(value)) {
    const prefix = path === '' ? '' : `${path}.`
    for (const [name, inner] of Object.entries(value))
      yield* textsIn(inner, `${prefix}${name}`, FREE_TEXT.has(name), depth - 1)
  }
}
