import {
  type Holding,
  mayRelease,
  maySee,
  type Purpose,
  type Recipient,
  type Standing,
  TLP_LABELS,
} from '@intelmesh/protocol'
import type { VectorCase, VectorFile } from '../trust/cast.ts'

const HOUR = 500_000
const HOLDINGS: readonly Holding[] = ['author', 'recipient', 'client-of', 'relay', 'gateway']
const PURPOSES: readonly Purpose[] = ['store', 'forward', 'show', 'export', 'enrich']
const STANDINGS: readonly Standing[] = ['good', 'suspended', 'revoked', 'expired', 'unknown']
const RECIPIENTS: readonly Recipient[] = [
  { kind: 'public' },
  { kind: 'own', clearance: 'red' },
  { kind: 'own', clearance: 'clear' },
  { kind: 'member', cluster: 'finance.eu', clearance: 'red', standing: 'good' },
  { kind: 'member', cluster: 'finance.eu', clearance: 'clear', standing: 'good' },
  { kind: 'member', cluster: 'energy.eu', clearance: 'red', standing: 'good' },
]

/** Every label to every kind of recipient; then each of the other inputs by itself. */
export async function releaseVectors(): Promise<VectorFile> {
  const cases: VectorCase[] = []
  const ask = (over: Partial<Asked>): void => {
    const asked: Asked = { ...USUAL, ...over }
    const { rule } = judgeRelease(asked)
    cases.push({ description: `case ${cases.length}`, ...asked, rule, expect: 'accept' })
  }
  for (const tlp of TLP_LABELS) for (const to of RECIPIENTS) ask({ record: { ...USUAL.record, tlp }, to })
  for (const holding of HOLDINGS) for (const to of RECIPIENTS.slice(0, 4)) ask({ holding, to })
  for (const purpose of PURPOSES)
    for (const tlp of TLP_LABELS.slice(0, 2)) ask({ purpose, record: { ...USUAL.record, tlp } })
  for (const standing of STANDINGS)
    ask({ to: { kind: 'member', cluster: 'finance.eu', clearance: 'red', standing } })
  for (const tlp of TLP_LABELS)
    for (const to of RECIPIENTS.slice(1, 4))
      ask({ record: { ...USUAL.record, tlp }, to, context: { hour: HOUR, isFresh: false } })
  for (const expires of [HOUR - 1, HOUR, HOUR + 1]) ask({ record: { ...USUAL.record, expires } })
  for (const compartment of ['control', 'clear', 'green'] as const) {
    for (const to of RECIPIENTS.filter((each) => each.kind === 'member')) {
      const own = { cluster: 'finance.eu', context: USUAL.context }
      cases.push({
        description: `case ${cases.length}`,
        compartment,
        to,
        own,
        rule: maySee(to, compartment, own).rule,
        expect: 'accept',
      })
    }
  }
  return {
    description:
      'Questions to the release policy and the rule that answers each: RELEASED lets go. With "compartment", the question is whether a member may have all of it. See docs/spec/release-policy.md.',
    cases,
  }
}

type Release = Parameters<typeof mayRelease>
export interface Asked {
  readonly record: Release[0]
  readonly holding: Holding
  readonly to: Recipient
  readonly purpose: Purpose
  readonly context: Release[4]
}

export function judgeRelease({
  record,
  holding,
  to,
  purpose,
  context,
}: Asked): ReturnType<typeof mayRelease> {
  return mayRelease(record, holding, to, purpose, context)
}

const USUAL: Asked = {
  record: { tlp: 'green', cluster: 'finance.eu', expires: HOUR + 24 },
  holding: 'author',
  to: { kind: 'member', cluster: 'finance.eu', clearance: 'red', standing: 'good' },
  purpose: 'forward',
  context: { hour: HOUR, isFresh: true },
}
