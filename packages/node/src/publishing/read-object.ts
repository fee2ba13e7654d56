import { utf8Bytes } from '@intelmesh/protocol'
import { isJsonObject, type JsonObject, parseJson, StixError, type StixObject } from '@intelmesh/stix'
import type { Refusal } from './components.ts'

type Read<T> = { readonly object: T } | { readonly refusal: Refusal }

/** Reads the text of one STIX object strictly. */
export function readObject(text: string): Read<StixObject> {
  const read = readJsonObject(text)
  if ('refusal' in read) return read
  const { object } = read
  return typeof object['type'] === 'string' && typeof object['id'] === 'string'
    ? { object: object as StixObject }
    : notAnObject()
}

/** As {@link readObject}, for an object that need not say what it is. */
export function readJsonObject(text: string): Read<JsonObject> {
  try {
    const value = parseJson(utf8Bytes(text))
    return isJsonObject(value) ? { object: value } : notAnObject()
  } catch (error) {
    if (!(error instanceof StixError)) throw error
    const { code, path, message, rule } = error
    return { refusal: { code, path, reason: `${message} (${rule})` } }
  }
}

function notAnObject(): { readonly refusal: Refusal } {
  return {
    refusal: { code: 'STIX_NOT_AN_OBJECT', path: '', reason: 'expected a STIX object with type and id' },
  }
}
