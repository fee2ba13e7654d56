import { canonicalise, checkAdmission, isJsonObject, type JsonValue, type StixObject } from '@intelmesh/stix'
import { listData, readData } from '../../data/data.ts'

/** Every STIX object of the project's STIX files that any node admits, each id once, in the order of the files. */
export function* readStix(): Generator<StixObject, void> {
  const seen = new Set<string>()
  for (const path of listData('stix21').filter(isExample))
    for (const object of objectsIn(readJson(path))) {
      if (seen.has(object.id) || !isAdmitted(object)) continue
      seen.add(object.id)
      yield object
    }
}

function isExample(path: string): boolean {
  return path.endsWith('.json') && !path.includes('schemas')
}

/** Some examples show what is no JSON. */
function readJson(path: string): JsonValue {
  try {
    return JSON.parse(new TextDecoder().decode(readData(path) ?? new Uint8Array(0))) as JsonValue
  } catch {
    return null
  }
}

/** Objects stand in bundles, in lists, and in test cases around them. */
function* objectsIn(value: JsonValue, depth = 0): Generator<StixObject> {
  if (typeof value !== 'object' || value === null || depth > MAX_DEPTH) return
  if (isObject(value)) return yield value
  for (const part of Object.values(value)) yield* objectsIn(part as JsonValue, depth + 1)
}

function isObject(value: JsonValue): value is StixObject {
  if (!isJsonObject(value)) return false
  const { type, id } = value
  return typeof type === 'string' && typeof id === 'string' && type !== 'bundle' && id.startsWith(`${type}--`)
}

function isAdmitted(object: StixObject): boolean {
  try {
    return checkAdmission(canonicalise(object)).ok
  } catch (error) {
    // What has no canonical form, a lone surrogate for one, is no example of what is exchanged.
    if (error instanceof TypeError) return false
    throw error
  }
}

const MAX_DEPTH = 6
