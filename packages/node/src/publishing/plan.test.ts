import { canonicalise } from '@intelmesh/stix'
import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { hourOf } from '../admission/index.ts'
import { indicatorText } from '../testing/test-objects.ts'
import type { Held } from './own-versions.ts'
import { mayName, planObject } from './plan.ts'
import type { Prepared } from './prepare.ts'

const NOW = Date.UTC(2026, 10, 22, 8, 20)
const HOUR = hourOf(NOW)
const DATED = { modified: '2026-02-01T00:00:00.000Z' }

describe(planObject, () => {
  test.for<[string, string, Partial<Prepared>, Partial<Held>?]>([
    ['new', 'nothing held', preparedOf({})],
    ['unchanged', 'the same', preparedOf({}), heldOf({})],
    [
      'renewal',
      'the same, of which a quarter is left',
      preparedOf({}),
      { ...heldOf({}), expires: HOUR + 25 },
    ],
    ['unchanged', 'the same, of which more is left', preparedOf({}), { ...heldOf({}), expires: HOUR + 26 }],
    ['renewal', 'the same, asked for longer', { ...preparedOf({}), expires: HOUR + 1000 }, heldOf({})],
    ['version', 'a newer one', preparedOf(DATED), heldOf({})],
    [
      'version',
      'a newer one by less than a ms',
      preparedOf({ modified: '2026-01-01T00:00:00.0001Z' }),
      heldOf({}),
    ],
    ['OBJECT_OLDER', 'an older one', preparedOf({}), heldOf(DATED)],
    ['OBJECT_MODIFIED_SAME', 'other words of one time', preparedOf({ name: 'b' }), heldOf({})],
    [
      'OBJECT_MODIFIED_SAME',
      'other words without a time',
      preparedOf({ modified: undefined, name: 'b' }),
      heldOf({ modified: undefined }),
    ],
    ['version', 'a narrower label', preparedOf({}), { ...heldOf({}), tlp: 'clear' }],
    ['new', 'a wider label', { ...preparedOf({}), label: 'clear' }, heldOf({})],
    ['new', 'a wider label and newer', { ...preparedOf(DATED), label: 'clear' }, heldOf({})],
  ])('%s: %s', ([as, , item, held]) => {
    const plan = planObject(item as Prepared, held as Held | undefined, NOW)
    expect(plan.as === 'refused' ? plan.refusal.code : plan.as).toBe(as)
  })

  it('renews and relabels the very bytes that are held', () => {
    const held = { ...heldOf({}), expires: HOUR + 1 }
    expect(planObject(preparedOf({}), held, NOW)).toEqual({ as: 'renewal', stix: held.stix })
    expect(planObject(preparedOf({}), { ...held, tlp: 'clear' }, NOW)).toEqual({
      as: 'version',
      stix: held.stix,
    })
  })

  it('adds nothing the second time, and never goes back, in whatever order versions come', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 5 }), { maxLength: 12 }), (order) => {
        let held: Held | undefined
        let newest = 0
        const offer = (version: number): string => {
          const item = preparedOf({ modified: `2026-02-0${version}T00:00:00.000Z` })
          const plan = planObject(item, held, NOW)
          if ('stix' in plan) held = { ...heldOf({}), stix: plan.stix }
          return plan.as
        }
        for (const version of order) {
          expect(offer(version), `${version} of ${order.join()}`).toBe(
            version > newest
              ? newest === 0
                ? 'new'
                : 'version'
              : version === newest
                ? 'unchanged'
                : 'refused',
          )
          newest = Math.max(newest, version)
        }
        const again = order.map(offer)
        expect(again.filter((as) => as !== 'unchanged' && as !== 'refused')).toEqual([])
      }),
    )
  })
})

describe(mayName, () => {
  it('lets a record name only what who gets it may know of', () => {
    expect(mayName({ label: 'green' }, { ...heldOf({}), tlp: 'clear' })).toBe(true)
    expect(mayName({ label: 'clear' }, heldOf({}))).toBe(false)
  })
})

function preparedOf(over: Parameters<typeof indicatorText>[1]): Prepared {
  const object = JSON.parse(indicatorText('a', over))
  return {
    where: 'item 0',
    object,
    isValue: false,
    stixId: object.id,
    type: 'indicator',
    stix: canonicalise(object),
    label: 'green',
    compartment: 'green',
    expires: HOUR + 100,
  }
}

function heldOf(over: Parameters<typeof indicatorText>[1]): Held {
  const stix = canonicalise(JSON.parse(indicatorText('a', over)))
  return { id: 'aa'.repeat(32), tlp: 'green', expires: HOUR + 100, stix }
}
