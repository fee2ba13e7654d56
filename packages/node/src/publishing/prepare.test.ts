import { MAX_STIX_BYTES } from '@intelmesh/protocol'
import { fixedMarkings, lifetimeDays, MAX_LIFETIME_DAYS, TLP_LABELS } from '@intelmesh/stix'
import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import type { PublishRequest } from '../publish-api.ts'
import { indicatorText, requestOf, stixIdOf } from '../testing/test-objects.ts'
import { prepareObjects } from './prepare.ts'

const NOW = Date.UTC(2026, 10, 22, 8, 20)
const WHO = { organisation: '0f'.repeat(16), nowMs: NOW }
const HOUR_MS = 3_600_000
const HOUR = Math.floor(NOW / HOUR_MS)
/** The marking definition of each label, by its STIX 2.1 id. */
const MARKINGS = [...fixedMarkings.values()]

describe(prepareObjects, () => {
  test.each([
    ['JSON_', 'no JSON', '{"type":'],
    ['JSON_', 'a name twice', '{"type":"indicator","id":"a","id":"b"}'],
    ['STIX_NOT_AN_OBJECT', 'a list', '[]'],
    ['STIX_NOT_AN_OBJECT', 'no id', '{"type":"indicator"}'],
    ['STIX_', 'no pattern', indicatorText('x', { pattern: undefined })],
    ['STIX_', 'a time that is none', indicatorText('x', { created: 'yesterday' })],
    ['TLP_ABOVE_CEILING', 'a narrower label', indicatorText('x', { labels: ['tlp:amber'] })],
    [
      'TLP_MARKING_UNKNOWN',
      'a marking that is not there',
      indicatorText('x', { object_marking_refs: [stixIdOf('marking-definition', 'm')] }),
    ],
    ['LEAF_TOO_LARGE', 'too much text', indicatorText('x', { description: 'x'.repeat(MAX_STIX_BYTES) })],
  ])('refuses with %s: %s', (code, _, text) => {
    const { prepared, refused } = prepareObjects(requestOf([text, indicatorText('good')]), WHO)
    expect(refused).toHaveLength(1)
    expect(refused[0]?.code).toContain(code)
    expect(refused[0]).toMatchObject({ where: 'item 0', reason: expect.stringMatching(/./) })
    expect(prepared.map(({ where }) => where)).toEqual(['item 1'])
  })

  it('refuses what needs a circle, and puts each other label into its compartment', () => {
    for (const tlp of TLP_LABELS) {
      const { prepared, refused } = prepareObjects(requestOf([indicatorText('x')], { tlp }), WHO)
      if (tlp === 'clear' || tlp === 'green')
        expect(prepared).toMatchObject([{ label: tlp, compartment: tlp }])
      else expect(refused).toMatchObject([{ code: 'LABEL_NEEDS_CIRCLE' }])
    }
  })

  it('keeps a wider label that an object bears itself', () => {
    const { prepared } = prepareObjects(requestOf([indicatorText('x', { labels: ['tlp:clear'] })]), WHO)
    expect(prepared).toMatchObject([{ label: 'clear', compartment: 'clear' }])
  })

  it('accounts for every object of whatever it is given, and never throws', () => {
    const text = fc.oneof(
      fc.string(),
      fc.json(),
      fc.constantFrom(indicatorText('a'), indicatorText('b', { labels: ['tlp:red'] })),
    )
    fc.assert(
      fc.property(fc.array(text, { maxLength: 6 }), fc.constantFrom(...TLP_LABELS), (texts, tlp) => {
        const { prepared, refused, notices } = prepareObjects(requestOf(texts, { tlp }), WHO)
        const places = [...prepared, ...refused, ...notices].map(({ where }) => where).toSorted()
        expect(places).toEqual(texts.map((_, i) => `item ${i}`).toSorted())
        for (const { label } of prepared)
          expect(TLP_LABELS.indexOf(label)).toBeLessThanOrEqual(TLP_LABELS.indexOf(tlp))
      }),
    )
  })

  it('reads labels by markings of the same input that are not published', () => {
    const id = stixIdOf('marking-definition', 'own')
    const marking = JSON.stringify({
      type: 'marking-definition',
      spec_version: '2.1',
      id,
      created: '2026-01-01T00:00:00.000Z',
      definition_type: 'tlp',
      definition: { tlp: 'white' },
    })
    const text = indicatorText('x', { object_marking_refs: [id] })
    const { prepared } = prepareObjects(requestOf([text], { markings: [marking, 'no JSON'] }), WHO)
    expect(prepared).toMatchObject([{ label: 'clear', where: 'item 0' }])
  })

  it('leaves out a copy of a marking with a fixed meaning, and says so when the copy says something else', () => {
    const marking = MARKINGS[0]?.object as { readonly id: string; readonly type: string }
    const redefined = JSON.stringify({ ...marking, created: '2020-01-01T00:00:00.000Z' })
    const copy = prepareObjects(requestOf([JSON.stringify(marking)]), WHO)
    expect(copy).toEqual({ prepared: [], refused: [], notices: [] })
    const changed = prepareObjects(requestOf([redefined]), WHO)
    expect(changed).toMatchObject({
      prepared: [],
      notices: [{ where: 'item 0', code: 'TLP_MARKING_REDEFINED' }],
    })
  })
})

describe('expiry', () => {
  it('follows from the type, from the end of the hour on', () => {
    const observables = [{ type: 'ipv4', value: '198.51.100.7' }] as const
    const days = lifetimeDays({ type: 'indicator', id: 'x' }, observables)
    expect(expiryOf({})).toBe(HOUR + 1 + 24 * days)
  })

  it('is the whole hour in which the instant asked for lies, or ends', () => {
    expect(expiryOf({ expires: '2026-11-22T10:00:00Z' })).toBe(HOUR + 2)
    expect(expiryOf({ expires: '2026-11-22T10:00:01Z' })).toBe(HOUR + 3)
    expect(expiryOf({ expires: '2026-11-22T08:20:00.001Z' })).toBe(HOUR + 1)
  })

  test.each([
    ['EXPIRES_INVALID', 'soon'],
    ['EXPIRES_IN_PAST', new Date(NOW).toISOString()],
    ['EXPIRES_IN_PAST', '1999-01-01T00:00:00Z'],
    ['EXPIRES_TOO_FAR', new Date(NOW + (MAX_LIFETIME_DAYS * 24 + 1) * HOUR_MS).toISOString()],
  ])('is refused with %s: %s', (code, expires) => {
    expect(expiryOf({ expires })).toBe(code)
  })

  it('reaches as far as a record may live', () => {
    const expires = new Date((HOUR + MAX_LIFETIME_DAYS * 24) * HOUR_MS).toISOString()
    expect(expiryOf({ expires })).toBe(HOUR + MAX_LIFETIME_DAYS * 24)
  })
})

/** The hour of expiry, or the code of the refusal. */
function expiryOf(rest: Partial<PublishRequest>): number | string | undefined {
  const { prepared, refused } = prepareObjects(requestOf([indicatorText('x')], rest), WHO)
  return prepared[0]?.expires ?? refused[0]?.code
}
