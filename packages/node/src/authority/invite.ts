import { formatInvite, fromHex, type Invite, toHex } from '@intelmesh/protocol'
import type { EnrolmentView, InviteRequest, InviteResult } from '../aco-api.ts'
import { nativeCrypto } from '../crypto/native.ts'
import { ApiError } from '../errors.ts'
import type { Desk } from './desk.ts'
import { grantOf } from './organisations.ts'
import { type InviteRow, readRow, readRows } from './register.ts'

/**
 * Makes an invite and enters it in the register; its line is shown this once.
 *
 * @throws ApiError ARGUMENT_INVALID
 * @throws AuthorityError ORGANISATION_UNKNOWN, ORGANISATION_NAME_TAKEN
 */
export function invite(desk: Desk, request: InviteRequest): Promise<InviteResult> {
  return desk.transact(async (step) => {
    const urls = desk.urls(request.local === true)
    if (urls.length === 0) {
      throw new ApiError(
        'ARGUMENT_INVALID',
        'the enrolment service has no address for outside: give a public URL, or local',
      )
    }
    const grant = await grantOf(desk, request, step.at)
    const id = desk.random(16)
    const secret = desk.random(32)
    const expiresAt = step.at + desk.options.inviteMs
    const row: InviteRow = {
      ...grant,
      secret: toHex(secret),
      expiresAt,
      confirm: request.confirm === true,
    }
    step.put('invite', toHex(id), row)
    const organisation = await readRow(desk.store, 'org', grant.organisation)
    if (organisation === undefined) step.put('org', grant.organisation, { name: grant.name, nodes: [] })
    const { cluster } = desk.chain().root.claims.mesh
    const line: Invite = { aco: desk.issuer.aco, id, secret, cluster, expiresAt, urls }
    return {
      invite: formatInvite(nativeCrypto, line),
      id: toHex(id),
      organisation: grant.organisation,
      expires: new Date(expiresAt).toISOString(),
      urls,
    }
  })
}

/** Every invite and what became of it, those that expire last first. */
export async function listRequests({ store, clock }: Desk): Promise<readonly EnrolmentView[]> {
  const views: (readonly [number, EnrolmentView])[] = []
  for await (const [id, row] of readRows(store, 'invite'))
    views.push([row.expiresAt, viewOf(id, row, clock())])
  return views.sort(([a], [b]) => b - a).map(([, view]) => view)
}

/** What the tags of an invite's request and reply are made with. */
export function tagKeysOf(desk: Desk, id: Uint8Array, row: InviteRow): Pick<Invite, 'aco' | 'id' | 'secret'> {
  return { aco: desk.issuer.aco, id, secret: fromHex(row.secret) }
}

function viewOf(id: string, row: InviteRow, now: number): EnrolmentView {
  const { organisation, name, expiresAt, node, alarm } = row
  const state = stateOf(row, now)
  const detail =
    alarm === undefined
      ? DETAILS[state]
      : `the key ${alarm.node} also had this invite, at ${new Date(alarm.at).toISOString()}: ask the organisation, and revoke the key that is not its own`
  return {
    invite: id,
    organisation: { id: organisation, name },
    state,
    expires: new Date(expiresAt).toISOString(),
    ...(node !== undefined && { node }),
    detail,
  }
}

function stateOf({ alarm, reply, request, expiresAt }: InviteRow, now: number): EnrolmentView['state'] {
  if (alarm !== undefined) return 'alarm'
  if (reply !== undefined) return 'used'
  if (request !== undefined) return 'waiting'
  return expiresAt > now ? 'open' : 'expired'
}

const DETAILS: Readonly<Record<EnrolmentView['state'], string>> = {
  open: 'nobody has used it yet',
  waiting: 'compare the node key id with the organisation by another way, then issue',
  used: 'the certificate was issued',
  expired: 'it was not used in time: make a new one',
  alarm: 'two keys had this invite',
}
