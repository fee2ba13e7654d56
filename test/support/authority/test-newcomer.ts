import { codeOf, parseInvite, sealRequest, splitTagged, tagRequest, untagReply } from '@intelmesh/protocol'
import type { InviteRequest, InviteResult } from '../../../packages/node/src/aco-api.ts'
import { acceptMaterial, type Membership } from '../../../packages/node/src/joining/index.ts'
import { judge, kemNamed, memberCalled, signerNamed, type TestAco } from './test-aco.ts'

/** Invites an organisation of that name, and has the node of that name join it. */
export async function enrolled(
  aco: TestAco,
  name: string,
  rest: Partial<InviteRequest> = {},
): Promise<{ readonly membership: Membership; readonly invite: InviteResult }> {
  const invite = await aco.authority.invite(memberCalled(name, rest))
  const membership = await openMembership(aco, name, invite.invite)
  return { membership, invite }
}

/** Joins by an invite line, without a wire. */
export async function openMembership(aco: TestAco, name: string, invite: string): Promise<Membership> {
  const { aco: root } = parseInvite(judge, invite)
  const keys = { publicKey: signerNamed(name).publicKey, kemKey: kemNamed(name).key }
  const reply = await openReply(aco, invite, await taggedBy(aco, name, invite))
  return acceptMaterial(reply, { aco: root, ...keys, now: aco.now })
}

/** The reply to a tagged request, its tag checked. */
export async function openReply(
  aco: TestAco,
  invite: string,
  tagged: Uint8Array,
): Promise<ReturnType<typeof untagReply>> {
  const outcome = await aco.authority.enrol(tagged)
  if (outcome.status !== 'issued') throw new TypeError('expected a reply')
  return untagReply(parseInvite(judge, invite), splitTagged(tagged).request, outcome.reply)
}

/** A tagged request as the node of that name sends it. */
export async function taggedBy(
  aco: TestAco,
  name: string,
  invite: string,
  alias?: string,
): Promise<Uint8Array> {
  const parsed = parseInvite(judge, invite)
  return tagRequest(
    parsed,
    await requestBy(aco, name, { invite: parsed.id, ...(alias !== undefined && { alias }) }),
  )
}

/** A request signed by the node of that name. */
export function requestBy(
  aco: TestAco,
  name: string,
  { invite, alias }: { readonly invite: Uint8Array; readonly alias?: string },
): Promise<Uint8Array> {
  const signer = signerNamed(name)
  const claims = { invite, publicKey: signer.publicKey, kemKey: kemNamed(name).key, at: aco.now }
  return sealRequest({ ...claims, ...(alias !== undefined && { name: alias }) }, signer)
}

/** The code that some work ends with, or `no error`. */
export function codeWhen(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => 'no error',
    (error: unknown) => codeOf(error) ?? String(error),
  )
}
