import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { TLP_LABELS, type TlpLabel } from '../tlp.ts'
import { compartmentOf, COMPARTMENTS, DATA_COMPARTMENTS, isDataCompartment, labelOf } from './compartment.ts'
import {
  type Holding,
  mayRelease,
  maySee,
  type Purpose,
  type Recipient,
  type Releasable,
  type ReleaseContext,
  type ReleaseRule,
  type Standing,
} from './may-release.ts'

const HOLDINGS: readonly Holding[] = ['author', 'recipient', 'client-of', 'relay', 'gateway']
const PURPOSES: readonly Purpose[] = ['store', 'forward', 'show', 'export', 'enrich']
const STANDINGS: readonly Standing[] = ['good', 'suspended', 'revoked', 'expired', 'unknown']
const CLUSTERS = ['finance.eu', 'energy.eu']

const label = fc.constantFrom(...TLP_LABELS)
const record: fc.Arbitrary<Releasable> = fc.record({
  tlp: label,
  cluster: fc.constantFrom(...CLUSTERS),
  expires: fc.integer({ min: 90, max: 110 }),
})
const member = fc.record({
  kind: fc.constant('member' as const),
  cluster: fc.constantFrom(...CLUSTERS),
  clearance: label,
  standing: fc.constantFrom(...STANDINGS),
})
const recipient: fc.Arbitrary<Recipient> = fc.oneof(
  fc.record({ kind: fc.constant('own' as const), clearance: label }),
  member,
  fc.constant({ kind: 'public' as const }),
)
const context: fc.Arbitrary<ReleaseContext> = fc.record({
  hour: fc.integer({ min: 90, max: 110 }),
  isFresh: fc.boolean(),
})
const asked = fc.record({
  record,
  holding: fc.constantFrom(...HOLDINGS),
  to: recipient,
  purpose: fc.constantFrom(...PURPOSES),
  context,
})
type Asked = typeof asked extends fc.Arbitrary<infer T> ? T : never

describe(mayRelease, () => {
  it('never lets go what TLP 2.0 or the standing of the recipient forbids', () => {
    always((each, allowed) => {
      if (!mayHave(each)) expect(allowed).toBe(false)
    })
  })

  it('lets go all that TLP 2.0 allows of clear and green to those who may pass it on', () => {
    always((each, allowed) => {
      const isInScope = ['clear', 'green'].includes(each.record.tlp) && each.holding !== 'client-of'
      if (isInScope) expect(allowed).toBe(mayHave(each))
    })
  })

  it('shows no green record to the public, nor to whoever runs a service that enriches', () => {
    always((each, allowed) => {
      if (each.record.tlp === 'green' && (each.to.kind === 'public' || each.purpose === 'enrich'))
        expect(allowed).toBe(false)
    })
  })

  it('lets nothing above green go anywhere', () => {
    always((each, allowed) => {
      if (!['clear', 'green'].includes(each.record.tlp)) expect(allowed).toBe(false)
    })
  })

  it('lets nothing go that has expired', () => {
    always((each, allowed) => {
      if (each.record.expires <= each.context.hour) expect(allowed).toBe(false)
    })
  })

  it('lets nothing go to a member that is not in good standing', () => {
    always((each, allowed) => {
      if (each.to.kind === 'member' && each.to.standing !== 'good') expect(allowed).toBe(false)
    })
  })

  it('never allows more when the ACO has not been heard', () => {
    always((each, allowed) => {
      const fresh = mayRelease(each.record, each.holding, each.to, each.purpose, {
        ...each.context,
        isFresh: true,
      })
      if (allowed) expect(fresh.allowed).toBe(true)
    })
  })

  const RECORD: Releasable = { tlp: 'green', cluster: 'finance.eu', expires: 101 }
  const MEMBER: Recipient = { kind: 'member', cluster: 'finance.eu', clearance: 'green', standing: 'good' }
  const ASKED: Asked = {
    record: RECORD,
    holding: 'author',
    to: MEMBER,
    purpose: 'forward',
    context: { hour: 100, isFresh: true },
  }
  test.for<[ReleaseRule, string, Partial<Asked>]>([
    ['RELEASED', 'green to a member', {}],
    ['RELEASED', 'green to a member while the ACO is silent', { context: { hour: 100, isFresh: false } }],
    ['RELEASED', 'clear to anybody', { record: { ...RECORD, tlp: 'clear' }, to: { kind: 'public' } }],
    [
      'RELEASED',
      'clear to another cluster',
      { record: { ...RECORD, tlp: 'clear' }, to: { ...MEMBER, cluster: 'energy.eu' } },
    ],
    ['RELEASED', 'clear to a service', { record: { ...RECORD, tlp: 'clear' }, purpose: 'enrich' }],
    ['RECORD_EXPIRED', 'in the hour of its expiry', { context: { hour: 101, isFresh: true } }],
    ['RECIPIENT_NOT_IN_GOOD_STANDING', 'to a revoked member', { to: { ...MEMBER, standing: 'revoked' } }],
    [
      'RECIPIENT_NOT_CLEARED',
      'to a member with a lower clearance',
      { to: { ...MEMBER, clearance: 'clear' } },
    ],
    [
      'RECIPIENT_NOT_CLEARED',
      'to an own token with a lower ceiling',
      { to: { kind: 'own', clearance: 'clear' } },
    ],
    ['LABEL_STAYS_IN_CLUSTER', 'green to another cluster', { to: { ...MEMBER, cluster: 'energy.eu' } }],
    ['LABEL_IS_NOT_PUBLIC', 'green to the public', { to: { kind: 'public' } }],
    ['LABEL_IS_NOT_PUBLIC', 'green to a service', { purpose: 'enrich' }],
    [
      'LABEL_NEEDS_CIRCLE',
      'amber to a cleared member',
      { record: { ...RECORD, tlp: 'amber' }, to: { ...MEMBER, clearance: 'red' } },
    ],
    [
      'LABEL_NEEDS_CIRCLE',
      'amber to its own organisation',
      { record: { ...RECORD, tlp: 'amber' }, to: { kind: 'own', clearance: 'red' } },
    ],
    [
      'STATUS_STALE',
      'amber while the ACO is silent',
      {
        record: { ...RECORD, tlp: 'amber' },
        to: { ...MEMBER, clearance: 'red' },
        context: { hour: 100, isFresh: false },
      },
    ],
    ['HOLDING_MAY_NOT_RELEASE', 'what came through a provider', { holding: 'client-of' }],
  ])('%s: %s', ([rule, , over]) => {
    const each = { ...ASKED, ...over }
    expect(mayRelease(each.record, each.holding, each.to, each.purpose, each.context)).toEqual({
      allowed: rule === 'RELEASED',
      rule,
    })
  })
})

describe(maySee, () => {
  const own = fc.record({ cluster: fc.constantFrom(...CLUSTERS), context })

  it('is the answer for every record of the compartment', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...DATA_COMPARTMENTS),
        member,
        own,
        fc.integer({ min: 1, max: 1000 }),
        (compartment, to, here, life) => {
          const each: Releasable = {
            tlp: labelOf(compartment),
            cluster: here.cluster,
            expires: here.context.hour + life,
          }
          expect(mayRelease(each, 'relay', to, 'forward', here.context)).toEqual(
            maySee(to, compartment, here),
          )
        },
      ),
    )
  })

  it('opens control to members of the cluster in good standing alone', () => {
    fc.assert(
      fc.property(member, own, (to, here) => {
        expect(maySee(to, 'control', here).allowed).toBe(
          to.standing === 'good' && to.cluster === here.cluster,
        )
      }),
    )
  })
})

describe(compartmentOf, () => {
  it('gives clear and green a compartment, and nothing else', () => {
    expect(TLP_LABELS.map(compartmentOf)).toEqual(['clear', 'green', undefined, undefined, undefined])
    for (const name of DATA_COMPARTMENTS) expect(compartmentOf(labelOf(name))).toBe(name)
    expect(COMPARTMENTS.map(isDataCompartment)).toEqual([false, true, true])
    expect(isDataCompartment('__proto__')).toBe(false)
  })
})

/** TLP 2.0, section 4: how far each of the two labels may go that need no named recipients. */
const REACH: Readonly<Partial<Record<TlpLabel, (each: Asked) => boolean>>> = {
  // "Recipients can spread this to the world, there is no limit on disclosure."
  clear: () => true,
  // "Recipients may share TLP:GREEN information with peers and partner organizations within their community, but not via
  // publicly accessible channels."
  green: ({ record: { cluster }, to, purpose }) =>
    purpose !== 'enrich' && to.kind !== 'public' && (to.kind === 'own' || to.cluster === cluster),
}

/** Whether the recipient may have the record, said anew from the standard and from what a membership means. */
function mayHave(each: Asked): boolean {
  const reach = REACH[each.record.tlp]
  if (reach === undefined || !reach(each) || each.record.expires <= each.context.hour) return false
  if (each.to.kind === 'public') return true
  const isTrusted = each.to.kind === 'own' || each.to.standing === 'good'
  return isTrusted && TLP_LABELS.indexOf(each.record.tlp) <= TLP_LABELS.indexOf(each.to.clearance)
}

function always(check: (each: Asked, allowed: boolean) => void): void {
  fc.assert(
    fc.property(asked, (each) =>
      check(each, mayRelease(each.record, each.holding, each.to, each.purpose, each.context).allowed),
    ),
    { numRuns: 3000 },
  )
}
