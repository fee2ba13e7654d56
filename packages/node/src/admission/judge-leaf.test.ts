import {
  canonicalise,
  checkAdmission,
  isJsonObject,
  type JsonValue,
  observablesOf,
  parseJson,
  type StixObject,
} from '@intelmesh/stix'
import { describe, expect, it } from 'vitest'
import { listData, readData } from '../../../../test/data/data.ts'
import { referencesOf } from '../store/index.ts'
import { judgeLeaves, READ_PROPERTIES } from './judge-leaf.ts'

const FOLDERS = ['stix21/idioms', 'stix21/examples', 'stix21/bundles', 'stix21/bundles-opencti']

describe(judgeLeaves, () => {
  it('reads all of an object that indexes need, whatever the object is', () => {
    const objects = FOLDERS.flatMap(listData).flatMap(objectsIn)
    expect(new Set(objects.map(({ type }) => type)).size).toBeGreaterThan(30)
    for (const object of objects) {
      const bytes = canonicalise(object as JsonValue)
      const [whole, read] = [checkAdmission(bytes), checkAdmission(bytes, READ_PROPERTIES)]
      if (!whole.ok || !read.ok) {
        expect(read).toEqual(whole)
        continue
      }
      expect({ ...read.value, object: undefined }).toEqual({ ...whole.value, object: undefined })
      expect(observablesOf(read.value.object)).toEqual(observablesOf(whole.value.object))
      expect(referencesOf(read.value.object)).toEqual(referencesOf(whole.value.object))
    }
  })
})

function objectsIn(path: string): readonly StixObject[] {
  const value = parseJson(readData(path) ?? new Uint8Array())
  const { objects } = isJsonObject(value) ? value : {}
  return Array.isArray(objects) ? (objects as unknown as readonly StixObject[]) : []
}
