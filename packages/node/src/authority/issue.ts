import {
  EnrolmentError,
  fromBase64url,
  fromHex,
  keyIdOf,
  openRequest,
  toBase64url,
  toHex,
} from '@intelmesh/protocol'
import type { IssueRequest, IssueResult } from '../aco-api.ts'
import { nativeCrypto } from '../crypto/native.ts'
import { ApiError } from '../errors.ts'
import { certifyKey, type Issued } from './certify-key.ts'
import type { Desk } from './desk.ts'
import { grantOf } from './organisations.ts'
import { readRow } from './register.ts'

/**
 * Issues to a request that waits for confirmation, or to a request file under a grant.
 *
 * @throws ApiError ARGUMENT_INVALID
 * @throws EnrolmentError REQUEST_MALFORMED, REQUEST_SIGNATURE_INVALID, INVITE_UNKNOWN
 * @throws AuthorityError as for an invite and for enrolment
 */
export async function issue(desk: Desk, request: IssueRequest): Promise<IssueResult> {
  const issued = await (request.invite === undefined
    ? issueToFile(desk, request)
    : issueToWaiting(desk, request.invite))
  const { reply, node, organisation, certificate } = issued
  return { reply: toBase64url(reply), node, organisation, certificate }
}

function issueToWaiting(desk: Desk, invite: string): Promise<Issued> {
  return desk.transact(async (step) => {
    const row = await readRow(desk.store, 'invite', invite)
    if (row === undefined) throw new EnrolmentError('INVITE_UNKNOWN', `there is no invite ${invite}`)
    if (row.request === undefined)
      throw new ApiError('ARGUMENT_INVALID', `nobody has asked with the invite ${invite} yet`)
    const { claims } = await openRequest(nativeCrypto, fromHex(row.request))
    if (row.reply !== undefined)
      return alreadyIssued(desk, { ...row, reply: row.reply, publicKey: claims.publicKey })
    const issued = await certifyKey(desk, step, { grant: row, holder: claims })
    step.put('invite', invite, { ...row, reply: toHex(issued.reply) })
    return issued
  })
}

async function issueToFile(desk: Desk, { request, grant }: IssueRequest): Promise<Issued> {
  if (request === undefined || grant === undefined) {
    throw new ApiError(
      'ARGUMENT_INVALID',
      'expected a request file and what to grant it, or the id of an invite',
    )
  }
  const { claims } = await openRequest(nativeCrypto, decode(request))
  if (claims.invite !== undefined) {
    throw new ApiError('ARGUMENT_INVALID', 'the request belongs to an invite: issue to the invite')
  }
  return desk.transact(async (step) => {
    const granted = await grantOf(desk, grant, step.at)
    return certifyKey(desk, step, { grant: granted, holder: claims })
  })
}

async function alreadyIssued(
  { store }: Desk,
  { reply, organisation, publicKey }: { reply: string; organisation: string; publicKey: Uint8Array },
): Promise<Issued> {
  const node = toHex(keyIdOf(nativeCrypto, publicKey))
  const certificate = (await readRow(store, 'member', node))?.certificate ?? ''
  return { node, organisation, certificate, reply: fromHex(reply) }
}

function decode(request: string): Uint8Array {
  try {
    return fromBase64url(request)
  } catch (cause) {
    throw new EnrolmentError('REQUEST_MALFORMED', 'the request file is not base64url', { cause })
  }
}
