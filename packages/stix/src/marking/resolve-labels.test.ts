import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import type { JsonValue } from '../json/json-value.ts'
import type { StixObject } from '../stix-object.ts'
import { fixedMarkings, markingFor, TLP_2_EXTENSION } from './fixed-markings.ts'
import { ownLabel } from './own-label.ts'
import { resolveLabels } from './resolve-labels.ts'
import { isNarrower, isTlpLabel, narrowest, TLP_LABELS } from './tlp-label.ts'
import type { TlpLabel } from './tlp-label.ts'

const OTHER = 'marking-definition--11111111-1111-4111-8111-111111111111'

function object(properties: Record<string, JsonValue>): StixObject {
  return { type: 'tool', id: 'tool--0c7b5b88-8ff7-4a4d-aa9d-feb398cd0061', ...properties }
}

function marking(properties: Record<string, JsonValue>): StixObject {
  return { type: 'marking-definition', id: OTHER, ...properties }
}

function idOf(label: TlpLabel): string {
  return markingFor(label).id
}

describe('fixedMarkings', () => {
  it('holds five ids of TLP 2.0 and four of TLP 1.0', () => {
    expect(fixedMarkings.size).toBe(9)
    expect([...fixedMarkings.values()].map(({ label }) => label)).toEqual([
      ...TLP_LABELS,
      'clear',
      'green',
      'amber',
      'red',
    ])
  })
})

describe(ownLabel, () => {
  const none = new Map<string, StixObject>()

  it('knows every fixed id, whatever a copy says', () => {
    const lie = new Map([
      [idOf('red'), marking({ id: idOf('red'), definition_type: 'tlp', definition: { tlp: 'white' } })],
    ])
    for (const [id, { label }] of fixedMarkings)
      expect(ownLabel(object({ object_marking_refs: [id] }), lie)).toBe(label)
  })

  test.for([
    [{}, undefined],
    [{ object_marking_refs: [idOf('green'), idOf('red'), idOf('clear')] }, 'red'],
    [
      {
        object_marking_refs: [idOf('green')],
        granular_markings: [{ selectors: ['name'], marking_ref: idOf('amber') }],
      },
      'amber',
    ],
    [{ granular_markings: [{ selectors: ['name'], lang: 'en' }] }, undefined],
    [{ labels: ['tlp:amber+strict', 'other'] }, 'amber+strict'],
    [{ labels: ['TLP:WHITE'], object_marking_refs: [idOf('green')] }, 'green'],
    [{ labels: ['tlp:ex:chr'] }, undefined],
  ] as const)('reads %j', ([properties, label]) => {
    expect(ownLabel(object(properties as never), none)).toBe(label)
  })

  test.for([
    [{ object_marking_refs: [OTHER] }, '/object_marking_refs/0'],
    [{ object_marking_refs: 'red' }, '/object_marking_refs'],
    [{ object_marking_refs: [1] }, '/object_marking_refs/0'],
    [
      { object_marking_refs: [idOf('green'), 'marking-definition--939a9414-2ddd-4d32-a0cd-b7c2c2b9e2c8'] },
      '/object_marking_refs/1',
    ],
    [
      { granular_markings: [{ selectors: ['name'], marking_ref: OTHER }] },
      '/granular_markings/0/marking_ref',
    ],
    [{ granular_markings: [{ selectors: ['name'] }] }, '/granular_markings/0/marking_ref'],
    [{ granular_markings: {} }, '/granular_markings'],
    [{ labels: ['tlp:purple'] }, '/labels/0'],
  ] as const)('fails closed on %j', ([properties, path]) => {
    expect(ownLabel(object(properties as never), none)).toMatchObject({ path })
  })

  test.for([
    [
      {
        extensions: { [TLP_2_EXTENSION]: { extension_type: 'property-extension', tlp_2_0: 'amber+strict' } },
      },
      'amber+strict',
    ],
    [{ definition_type: 'tlp', definition: { tlp: 'white' } }, 'clear'],
    [{ definition_type: 'TLP', definition: { TLP: 'TLP:AMBER' } }, 'amber'],
    [{ definition_type: 'TLP:RED' }, 'red'],
    [{ definition_type: 'statement', definition: { statement: 'Copyright' } }, undefined],
    [
      { definition_type: 'statement', name: 'TLP:AMBER+STRICT', definition: { statement: 'custom' } },
      'amber+strict',
    ],
    [{ definition_type: 'statement', definition: { statement: 'TLP:GREEN' }, name: 'TLP:RED' }, 'red'],
    [{ definition_type: 'PAP', definition: { PAP: 'PAP:RED' } }, undefined],
    [{ extensions: { 'extension-definition--3a65884d-005a-4290-8335-cb2d778a83ce': {} } }, undefined],
    [{ extensions: { 'extension-definition--762e2e97-ee51-43e5-a9ea-165fbb862c4a': { tlp: 'red' } } }, 'red'],
  ] as const)('reads a marking of the input %j', ([properties, label]) => {
    const own = marking(properties as never)
    expect(ownLabel(object({ object_marking_refs: [OTHER] }), new Map([[OTHER, own]]))).toBe(label)
  })

  test.for([
    {},
    { definition_type: 'tlp', definition: { tlp: 'purple' } },
    { definition_type: 'tlp' },
    { name: 'TLP:CLEAR' },
    { definition_type: 'ais', definition: {} },
    { definition_type: 7 },
    { definition_type: 'statement', name: 'TLP:TEST' },
    { extensions: { [TLP_2_EXTENSION]: { tlp_2_0: 'white-ish' } } },
    { extensions: { 'extension-definition--99999999-9999-4999-8999-999999999999': { tlp: 'clear' } } },
    { name: 'TLP:CLEAR', extensions: { [TLP_2_EXTENSION]: 'red' } },
  ])('fails closed on a marking of the input %j', (properties) => {
    const own = marking(properties as never)
    expect(ownLabel(object({ object_marking_refs: [OTHER] }), new Map([[OTHER, own]]))).toHaveProperty(
      'unknownMarking',
      OTHER,
    )
  })
})

describe(resolveLabels, () => {
  it('gives the ceiling to what is unmarked, keeps wider labels, refuses narrower ones', () => {
    const objects = [
      object({}),
      object({ object_marking_refs: [idOf('clear')] }),
      object({ object_marking_refs: [idOf('amber')] }),
      object({ object_marking_refs: [OTHER] }),
    ]
    const { marked, refused, notices } = resolveLabels(objects, 'green')
    expect(marked.map(({ label }) => label)).toEqual(['green', 'clear'])
    expect(refused.map(({ code }) => code)).toEqual(['TLP_ABOVE_CEILING', 'TLP_MARKING_UNKNOWN'])
    expect(notices).toEqual([])
  })

  it('drops copies of fixed markings and says whether they were changed', () => {
    const changed = { ...markingFor('red'), created: '2020-02-25T09:02:15.077Z' }
    const { marked, notices } = resolveLabels([markingFor('clear'), changed], 'clear')
    expect(marked).toEqual([])
    expect(notices.map(({ code }) => code)).toEqual(['TLP_MARKING_BUILT_IN', 'TLP_MARKING_REDEFINED'])
  })

  it('gives no meaning to a marking that the input defines twice', () => {
    const wide = marking({ definition_type: 'tlp', definition: { tlp: 'white' } })
    const narrow = marking({ definition_type: 'tlp', definition: { tlp: 'red' } })
    for (const definitions of [
      [wide, narrow],
      [narrow, wide],
    ]) {
      const { refused } = resolveLabels([...definitions, object({ object_marking_refs: [OTHER] })], 'red')
      expect(refused.map(({ code }) => code)).toEqual(['TLP_MARKING_UNKNOWN'])
    }
  })

  it('never publishes an object under a wider label than any of its markings', () => {
    const labels = fc.constantFrom(...TLP_LABELS)
    fc.assert(
      fc.property(
        fc.array(labels, { maxLength: 4 }),
        fc.array(labels, { maxLength: 3 }),
        labels,
        (own, granular, ceiling) => {
          const marks = granular.map((label) => ({ selectors: ['name'], marking_ref: idOf(label) }))
          const { marked } = resolveLabels(
            [object({ object_marking_refs: own.map(idOf), granular_markings: marks })],
            ceiling,
          )
          const least = narrowest([...own, ...granular])
          for (const { label } of marked) {
            expect(isTlpLabel(label)).toBe(true)
            expect(least !== undefined && isNarrower(least, label)).toBe(false)
          }
          expect(marked.length).toBe(least !== undefined && isNarrower(least, ceiling) ? 0 : 1)
        },
      ),
    )
  })

  it('refuses a ceiling that is no label', () => {
    expect(() => resolveLabels([], 'white' as TlpLabel)).toThrow(TypeError)
  })
})
