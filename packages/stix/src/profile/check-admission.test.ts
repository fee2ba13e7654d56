import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import type { StixErrorCode } from '../errors.ts'
import { canonicalise } from '../json/canonicalise.ts'
import { parseJson } from '../json/parse-strict.ts'
import { validateObject } from '../validate/validate-object.ts'
import { ADMISSION_LIMITS, ADMISSION_PROFILE, checkAdmission } from './check-admission.ts'

interface Case {
  readonly description: string
  readonly json?: string
  readonly hex?: string
  readonly expect: 'ok' | { readonly code: StixErrorCode; readonly path: string; readonly rule: string }
}

const path = new URL('../../../../test/vectors/stix/admission-1.json', import.meta.url)
const vectors = JSON.parse(readFileSync(path, 'utf8')) as { profile: number; cases: Case[] }
const utf8 = new TextEncoder()

function bytesOf({ json, hex }: Case): Uint8Array {
  return hex === undefined ? utf8.encode(json) : Uint8Array.from(Buffer.from(hex, 'hex'))
}

describe(checkAdmission, () => {
  it('is the profile of the vectors', () => {
    expect(vectors.profile).toBe(ADMISSION_PROFILE)
  })

  test.for(vectors.cases.map((vector) => [vector.description, vector] as const))('%s', ([, vector]) => {
    const verdict = checkAdmission(bytesOf(vector))
    if (vector.expect === 'ok') expect(verdict).toMatchObject({ ok: true })
    else expect(verdict).toEqual({ ok: false, ...vector.expect })
  })

  it('refuses one byte too many before looking at them', () => {
    const bytes = new Uint8Array(ADMISSION_LIMITS.maxBytes + 1)
    expect(checkAdmission(bytes)).toEqual({ ok: false, code: 'JSON_TOO_LARGE', path: '', rule: 'A-01' })
  })

  it('tells instants in ms, and the version', () => {
    const object = (properties: object) => checkAdmission(utf8.encode(JSON.stringify(properties)))
    const times = {
      created: '2020-01-01T00:00:00.001Z',
      id: `tool--${UUID}`,
      modified: '2020-01-01T00:00:00.0029Z',
    }
    expect(object({ ...times, spec_version: '2.1', type: 'tool' })).toMatchObject({
      value: { created: 1577836800001, modified: 1577836800002, version: 1577836800002 },
    })
    const address = {
      created: '2020-01-01T00:00:00.001Z',
      id: `ipv4-addr--${UUID}`,
      type: 'ipv4-addr',
      value: '1.2.3.4',
    }
    expect(object(address)).toMatchObject({ ok: true, value: { type: 'ipv4-addr' } })
    expect(object(address)).not.toHaveProperty('value.version')
  })

  it('gives a verdict on any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(checkAdmission(bytes).ok).toBe(false)
      }),
    )
    const near = fc.constantFrom(
      ...vectors.cases.map(bytesOf).filter(({ length }) => length > 2 && length < 1000),
    )
    const flip = fc.tuple(near, fc.nat(), fc.nat({ max: 255 }))
    fc.assert(
      fc.property(flip, ([bytes, at, byte]) => {
        const changed = Uint8Array.from(bytes)
        changed[at % bytes.length] = byte
        expect([true, false]).toContain(checkAdmission(changed).ok)
      }),
    )
  })

  it('admits whatever full validation accepts', () => {
    const value = fc.oneof(
      fc.string(),
      fc.integer(),
      fc.boolean(),
      fc.constant(null),
      fc.constant([]),
      fc.constant({}),
    )
    const names = fc.constantFrom(
      'created',
      'modified',
      'revoked',
      'created_by_ref',
      'object_marking_refs',
      'granular_markings',
      'extensions',
      'x_any',
      'spec_version',
      'id',
      'type',
    )
    const changes = fc.array(fc.tuple(names, value), { maxLength: 3 })
    const whole = fc.constantFrom(
      ...vectors.cases.filter(({ expect: wanted }) => wanted === 'ok').map(bytesOf),
    )
    fc.assert(
      fc.property(whole, changes, (bytes, edits) => {
        const object = { ...(parseJson(bytes) as object), ...Object.fromEntries(edits) }
        if (validateObject(object as never).length > 0) return
        expect(checkAdmission(canonicalise(object as never)).ok).toBe(true)
      }),
      { numRuns: 1000 },
    )
  })
})

const UUID = '0c7b5b88-8ff7-4a4d-aa9d-feb398cd0061'
