import {
  type Beacon,
  codeOf,
  type Contact,
  type ControlKind,
  type ControlObject,
  type Crypto,
  fromHex,
  MERGE_DELAY_MS,
  type Statement,
  type StatusTrust,
  toHex,
  unpackStatuses,
  type StatusBits,
  type Verified,
  verifyBeacon,
  verifyContact,
  verifyStatement,
  verifyStatusList,
} from '@intelmesh/protocol'
import type { Hex } from '../store/index.ts'
import { nativeZlib } from '../crypto/index.ts'
import type { ControlVerdict } from './interface.ts'
import type { LogCopy } from './log-copy.ts'
import type { KnownCertificate, Roster } from './roster.ts'

/** What the judge needs to know of the moment. */
export interface ControlContext {
  readonly crypto: Crypto
  readonly roster: Roster
  readonly log: LogCopy
  readonly nowMs: number
  readonly isFresh: boolean
  readonly beacon: Verified<Beacon> | undefined
  readonly contactAt: (node: Hex) => number
  /** Ids of certificates whose inclusion in the log the caller has seen proven. */
  readonly proven: ReadonlySet<Hex>
}

/** A control object that holds, read. */
export type JudgedControl =
  | { readonly kind: 'certificate'; readonly known: KnownCertificate; readonly object: ControlObject }
  | { readonly kind: 'statement'; readonly statement: Statement; readonly object: ControlObject }
  | { readonly kind: 'beacon'; readonly beacon: Verified<Beacon>; readonly object: ControlObject }
  | { readonly kind: 'status-list'; readonly statuses: StatusBits; readonly object: ControlObject }
  | { readonly kind: 'contact'; readonly contact: Contact; readonly object: ControlObject }

export type Judged = JudgedControl | Exclude<ControlVerdict, { readonly action: 'accept' }>

/** Clocks of honest nodes differ by this much at most, in ms. */
export const CLOCK_TOLERANCE_MS: number = 5 * 60_000

/** Codes that depend on what this node knows or when it looks: another node, or this one later, may find otherwise. */
const HONEST: ReadonlySet<string> = new Set([
  'CERT_UNKNOWN',
  'CERT_EXPIRED',
  'CERT_NOT_LOGGED',
  'CERT_REVOKED',
  'STATUS_STALE',
  'STATUS_LIST_MISMATCH',
  'NEWER_THAN_ME',
  'OUTDATED',
  'FROM_FUTURE',
  'EQUIVOCATION',
])

const JUDGES: {
  readonly [K in ControlKind]: (object: ControlObject, context: ControlContext) => Promise<Judged>
} = {
  certificate: judgeCertificate,
  statement: judgeStatement,
  beacon: judgeBeacon,
  'status-list': judgeStatusList,
  contact: judgeContact,
}

/** Judges one control object. Never throws. Rules: docs/spec/status.md and docs/spec/certificates.md. */
export async function judgeControl(object: ControlObject, context: ControlContext): Promise<Judged> {
  try {
    return await JUDGES[object.kind](object, context)
  } catch (error) {
    return refuse(codeOf(error) ?? 'INTERNAL')
  }
}

function refuse(code: string): Exclude<ControlVerdict, { readonly action: 'accept' }> {
  return { action: HONEST.has(code) || code === 'INTERNAL' ? 'ignore' : 'reject', code }
}

async function judgeCertificate(object: ControlObject, context: ControlContext): Promise<Judged> {
  const known = await context.roster.verify(object.bytes)
  const { issuedAt, mesh } = known.certificate.claims
  // An issuer's certificate rests on the root alone: beacons, and so the log, are judged by it.
  if (mesh.subject !== 'node') return { kind: 'certificate', known, object }
  if (!context.isFresh) return refuse('STATUS_STALE')
  const isYoung = context.nowMs - issuedAt * 1000 < MERGE_DELAY_MS
  const isLogged = isYoung || context.proven.has(known.id) || (await context.log.has(object.bytes))
  return isLogged ? { kind: 'certificate', known, object } : refuse('CERT_NOT_LOGGED')
}

async function judgeStatement(object: ControlObject, context: ControlContext): Promise<Judged> {
  const { claims } = await verifyStatement(context.crypto, object.bytes, statusTrust(context.roster))
  return { kind: 'statement', statement: claims, object }
}

async function judgeBeacon(object: ControlObject, context: ControlContext): Promise<Judged> {
  const beacon = await verifyBeacon(context.crypto, object.bytes, statusTrust(context.roster))
  if (beacon.claims.at > context.nowMs + CLOCK_TOLERANCE_MS) return refuse('FROM_FUTURE')
  const held = context.beacon
  if (
    held !== undefined &&
    beacon.claims.number === held.claims.number &&
    toHex(beacon.bytes) !== toHex(held.bytes)
  ) {
    return refuse('EQUIVOCATION')
  }
  if (held !== undefined && beacon.claims.number <= held.claims.number) return refuse('OUTDATED')
  return { kind: 'beacon', beacon, object }
}

async function judgeStatusList(object: ControlObject, context: ControlContext): Promise<Judged> {
  const { beacon } = context
  if (beacon === undefined) return refuse('STATUS_LIST_MISMATCH')
  const token = await verifyStatusList(context.crypto, object.bytes, {
    ...statusTrust(context.roster),
    beacon,
  })
  return { kind: 'status-list', statuses: unpackStatuses(nativeZlib, token.claims.list), object }
}

async function judgeContact(object: ControlObject, context: ControlContext): Promise<Judged> {
  const contact = await verifyContact(
    context.crypto,
    object.bytes,
    (id) => context.roster.byId(toHex(id))?.certificate,
  )
  if (contact.claims.at > context.nowMs + CLOCK_TOLERANCE_MS) return refuse('FROM_FUTURE')
  if (contact.claims.at <= context.contactAt(toHex(contact.claims.node))) return refuse('OUTDATED')
  return { kind: 'contact', contact: contact.claims, object }
}

/** The roster as those who verify the ACO's word ask it. */
export function statusTrust(roster: Roster): StatusTrust {
  return {
    aco: fromHex(roster.root.keyId),
    signer: (keyId) => roster.ofKey(toHex(keyId))[0]?.certificate,
  }
}
