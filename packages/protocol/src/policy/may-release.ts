import { isWithin, type TlpLabel } from '../tlp.ts'
import { type Compartment, isDataCompartment, labelOf } from './compartment.ts'

/** How the one who would release a record came to hold it. */
export type Holding = 'author' | 'recipient' | 'client-of' | 'relay' | 'gateway'
/** What the record would be released for. */
export type Purpose = 'store' | 'forward' | 'show' | 'export' | 'enrich'

/** What a release is decided on: nothing else of a record counts. */
export interface Releasable {
  readonly tlp: TlpLabel
  readonly cluster: string
  /** Whole hours since the Unix epoch. */
  readonly expires: number
}

/** How an ACO's newest word stands for a certificate. */
export type Standing = 'good' | 'suspended' | 'revoked' | 'expired' | 'unknown'

/** Who would receive the record. */
export type Recipient =
  /** People and tokens of the holder's own organisation, with the highest label they may see. */
  | { readonly kind: 'own'; readonly clearance: TlpLabel }
  /** A node of a member organisation, under the certificate it proved. */
  | {
      readonly kind: 'member'
      readonly cluster: string
      readonly clearance: TlpLabel
      readonly standing: Standing
    }
  /** Anybody: an open file, a public feed. */
  | { readonly kind: 'public' }

/** The moment of the decision. */
export interface ReleaseContext {
  /** Whole hours since the Unix epoch. */
  readonly hour: number
  /** Whether the holder's own ACO has been heard within its nextUpdate. */
  readonly isFresh: boolean
}

export type ReleaseRule =
  | 'RELEASED'
  | 'RECORD_EXPIRED'
  | 'RECIPIENT_NOT_IN_GOOD_STANDING'
  | 'RECIPIENT_NOT_CLEARED'
  | 'LABEL_STAYS_IN_CLUSTER'
  | 'LABEL_IS_NOT_PUBLIC'
  | 'LABEL_NEEDS_CIRCLE'
  | 'STATUS_STALE'
  | 'HOLDING_MAY_NOT_RELEASE'

/** The answer of the policy: whether, and by which rule. */
export interface Release {
  readonly allowed: boolean
  readonly rule: ReleaseRule
}

type Audience = 'own' | 'cluster' | 'elsewhere' | 'public'

/** The widest reading of each label: TLP 2.0 section 4. A cell names the rule that decides it. */
const RELEASE: Readonly<Record<TlpLabel, Readonly<Record<Audience, ReleaseRule>>>> = {
  clear: { own: 'RELEASED', cluster: 'RELEASED', elsewhere: 'RELEASED', public: 'RELEASED' },
  green: {
    own: 'RELEASED',
    cluster: 'RELEASED',
    elsewhere: 'LABEL_STAYS_IN_CLUSTER',
    public: 'LABEL_IS_NOT_PUBLIC',
  },
  amber: needsCircle('LABEL_NEEDS_CIRCLE'),
  'amber+strict': needsCircle('LABEL_NEEDS_CIRCLE'),
  red: needsCircle('LABEL_NEEDS_CIRCLE'),
}

/** Who may pass a record on at all, apart from its label. A client passes on nothing it got through its provider. */
const MAY_PASS_ON: Readonly<Record<Holding, boolean>> = {
  author: true,
  recipient: true,
  relay: true,
  gateway: true,
  'client-of': false,
}

/**
 * Whether a record may go from here to there, and by which rule. Every exit asks: gossip, reconciliation, HTTP, exports, files.
 *
 * @see docs/spec/release-policy.md
 */
export function mayRelease(
  record: Releasable,
  holding: Holding,
  to: Recipient,
  purpose: Purpose,
  context: ReleaseContext,
): Release {
  const rule = decide(record, holding, to, purpose, context)
  return { allowed: rule === 'RELEASED', rule }
}

/**
 * Whether a peer may have a compartment: the projection of {@link mayRelease} on everything in it. It is constant over
 * a compartment, so a peer gets all of one or none of it.
 */
export function maySee(
  to: Recipient & { readonly kind: 'member' },
  compartment: Compartment,
  own: { readonly cluster: string; readonly context: ReleaseContext },
): Release {
  if (!isDataCompartment(compartment)) {
    const rule =
      to.standing === 'good' && to.cluster === own.cluster ? 'RELEASED' : 'RECIPIENT_NOT_IN_GOOD_STANDING'
    return { allowed: rule === 'RELEASED', rule }
  }
  const any: Releasable = {
    tlp: labelOf(compartment),
    cluster: own.cluster,
    expires: Number.MAX_SAFE_INTEGER,
  }
  return mayRelease(any, 'relay', to, 'forward', own.context)
}

function decide(
  record: Releasable,
  holding: Holding,
  to: Recipient,
  purpose: Purpose,
  context: ReleaseContext,
): ReleaseRule {
  if (record.expires <= context.hour) return 'RECORD_EXPIRED'
  if (to.kind === 'member' && to.standing !== 'good') return 'RECIPIENT_NOT_IN_GOOD_STANDING'
  if (to.kind !== 'public' && !isWithin(record.tlp, to.clearance)) return 'RECIPIENT_NOT_CLEARED'
  if (to.kind !== 'own' && !MAY_PASS_ON[holding]) return 'HOLDING_MAY_NOT_RELEASE'
  // Sending to a service for enrichment shows the record to whoever runs it.
  const audience = purpose === 'enrich' ? 'public' : audienceOf(record, to)
  // Without fresh word of who was revoked, only what the whole community may have goes on flowing.
  if (to.kind !== 'own' && !context.isFresh && !isWithin(record.tlp, 'green')) return 'STATUS_STALE'
  return RELEASE[record.tlp][audience]
}

function audienceOf(record: Releasable, to: Recipient): Audience {
  if (to.kind !== 'member') return to.kind
  return to.cluster === record.cluster ? 'cluster' : 'elsewhere'
}

function needsCircle(rule: ReleaseRule): Readonly<Record<Audience, ReleaseRule>> {
  return { own: rule, cluster: rule, elsewhere: rule, public: rule }
}
