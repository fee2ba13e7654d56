import { codeOf } from '@intelmesh/protocol'

/** What the one door says of what came to it. */
export interface Verdict {
  readonly action: 'accept' | 'ignore' | 'reject'
  readonly code: string
}

/**
 * Where bytes came from: a peer that sent them by itself, a peer that was asked for them, or a door of the own process. What
 * nobody asked for is charged to a quota.
 */
export type Source =
  | { readonly kind: 'peer' | 'asked'; readonly node: string }
  | { readonly kind: 'self' | 'file' | 'shelf' }

/**
 * Codes that depend on what this node holds, when it looks, or how much it can take: another honest node, or this one later, may
 * find otherwise. Everything else is provably bad within a version that this node speaks, and costs its sender.
 */
const IGNORED: ReadonlySet<string> = new Set([
  'ACCEPTED',
  'DUPLICATE',
  'CERT_UNKNOWN',
  'CERT_REVOKED',
  'CERT_SUSPENDED',
  'CHAIN_CLOSED',
  'HEADER_UNWANTED',
  'NEWER_THAN_ME',
  'NOT_ENTITLED',
  'QUEUE_FULL',
  'QUOTA',
  'RECORD_EXPIRED',
  'RECORD_FROM_FUTURE',
  'RECORD_RETRACTED',
  'STATUS_STALE',
  'STORE_FULL',
  'STORE_IO',
  'INTERNAL',
])

export const ACCEPTED: Verdict = { action: 'accept', code: 'ACCEPTED' }

/** The verdict that goes with a code. See docs/spec/admission.md, "Codes". */
export function verdictOf(code: string): Verdict {
  if (code === 'ACCEPTED') return ACCEPTED
  return { action: IGNORED.has(code) ? 'ignore' : 'reject', code }
}

/** The verdict on whatever a check threw: an error without a code is a fault of this node, not of the sender. */
export function verdictOn(error: unknown): Verdict {
  return verdictOf(codeOf(error) ?? 'INTERNAL')
}

export function nameOf(source: Source): string {
  return source.kind === 'peer' || source.kind === 'asked' ? source.node : source.kind
}
