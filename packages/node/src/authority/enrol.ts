import {
  EnrolmentError,
  fromHex,
  keyIdOf,
  openRequest,
  parseRequest,
  splitTagged,
  tagReply,
  toHex,
  untagRequest,
} from '@intelmesh/protocol'
import { nativeCrypto } from '../crypto/native.ts'
import type { Hex } from '../store/index.ts'
import { certifyKey } from './certify-key.ts'
import type { Desk } from './desk.ts'
import { tagKeysOf } from './invite.ts'
import { type InviteRow, readRow } from './register.ts'
import type { Transaction } from './transaction.ts'

/** What the enrolment service answers. */
export type EnrolmentOutcome =
  | { readonly status: 'issued'; /** [reply, tag] */ readonly reply: Uint8Array }
  | { readonly status: 'pending' }

/**
 * Answers a tagged request. The certificate is on disk before the reply is given. The same key gets the same reply again, however
 * often it asks; another key gets nothing, and an alarm is entered in the register.
 *
 * @throws EnrolmentError REQUEST_MALFORMED, REQUEST_TAG_INVALID, REQUEST_SIGNATURE_INVALID, INVITE_UNKNOWN, INVITE_EXPIRED, INVITE_USED
 * @throws AuthorityError KEY_NOT_CERTIFIABLE, OPERATOR_EXPIRED, REGISTER_FULL
 * @see docs/spec/enrolment.md, "At the service"
 */
export async function enrol(desk: Desk, tagged: Uint8Array): Promise<EnrolmentOutcome> {
  const ask = await openTagged(desk, tagged)
  const outcome = await desk.transact((step) => decide(desk, step, ask))
  if (outcome === 'used')
    throw new EnrolmentError('INVITE_USED', 'another key has used the invite: ask the ACO for a new one')
  return outcome
}

interface Ask {
  readonly id: Uint8Array
  readonly invite: Hex
  readonly node: Hex
  readonly request: Uint8Array
  readonly claims: Awaited<ReturnType<typeof openRequest>>['claims']
}

async function openTagged(desk: Desk, tagged: Uint8Array): Promise<Ask> {
  const id = parseRequest(splitTagged(tagged).request).claims.invite
  if (id === undefined) throw new EnrolmentError('REQUEST_MALFORMED', 'the request names no invite')
  const row = await inviteRow(desk, toHex(id))
  const request = untagRequest(tagKeysOf(desk, id, row), tagged)
  const { claims } = await openRequest(nativeCrypto, request)
  return { id, invite: toHex(id), node: toHex(keyIdOf(nativeCrypto, claims.publicKey)), request, claims }
}

async function decide(desk: Desk, step: Transaction, ask: Ask): Promise<EnrolmentOutcome | 'used'> {
  const row = await inviteRow(desk, ask.invite)
  if (row.node !== undefined && row.node !== ask.node) return raiseAlarm(step, ask, row)
  if (row.reply !== undefined) return issued(desk, ask, row, fromHex(row.reply))
  if (row.request !== undefined) return { status: 'pending' }
  if (row.expiresAt <= step.at)
    throw new EnrolmentError('INVITE_EXPIRED', 'the invite has expired: ask the ACO for a new one')
  const bound = { ...row, node: ask.node, request: toHex(ask.request) }
  if (row.confirm) {
    step.put('invite', ask.invite, bound)
    return { status: 'pending' }
  }
  const { reply } = await certifyKey(desk, step, { grant: row, holder: ask.claims })
  step.put('invite', ask.invite, { ...bound, reply: toHex(reply) })
  return issued(desk, ask, row, reply)
}

/** The tag covers the request as it was sent, so that it also authenticates the answer to one that was sent again anew. */
function issued(desk: Desk, { id, request }: Ask, row: InviteRow, reply: Uint8Array): EnrolmentOutcome {
  return { status: 'issued', reply: tagReply(tagKeysOf(desk, id, row), request, reply) }
}

/** The first other key is kept: whoever comes later could only push it out. */
function raiseAlarm(step: Transaction, { invite, node }: Ask, row: InviteRow): 'used' {
  if (row.alarm === undefined) step.put('invite', invite, { ...row, alarm: { node, at: step.at } })
  return 'used'
}

async function inviteRow({ store }: Desk, id: Hex): Promise<InviteRow> {
  const row = await readRow(store, 'invite', id)
  if (row === undefined)
    throw new EnrolmentError('INVITE_UNKNOWN', 'there is no such invite: copy the whole line again')
  return row
}
