import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { isJsonList, isJsonObject } from '../json/json-value.ts'
import type { JsonValue } from '../json/json-value.ts'
import { parseJson } from '../json/parse-strict.ts'
import { validateObject } from './validate-object.ts'

describe('the cases of the OASIS validator', () => {
  interface Vectors {
    readonly disagreements: Readonly<Record<string, string>>
    readonly cases: readonly { description: string; valid: boolean; instance: JsonValue }[]
  }
  const path = new URL('../../../../test/vectors/stix/validator-cases.json', import.meta.url)
  const { cases, disagreements } = JSON.parse(readFileSync(path, 'utf8')) as Vectors

  test.for(cases.map((entry, i) => [`${i} ${entry.description}`, entry] as const))('%s', ([, entry]) => {
    const value = parseJson(new TextEncoder().encode(JSON.stringify(entry.instance)))
    const valid = objectsOf(value).every(
      (object) => isJsonObject(object) && validateObject(object).length === 0,
    )
    expect(valid).toBe(Object.hasOwn(disagreements, entry.description) ? !entry.valid : entry.valid)
  })
})

function objectsOf(value: JsonValue): readonly JsonValue[] {
  if (isJsonList(value)) return value.flatMap(objectsOf)
  if (!isJsonObject(value) || value['type'] !== 'bundle') return [value]
  return isJsonList(value['objects']) ? value['objects'] : []
}
