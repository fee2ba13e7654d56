import type { LogProof, Signer } from '@intelmesh/protocol'
import type { AcoApi } from '../aco-api.ts'
import { act } from './act.ts'
import { createHeart } from './beat.ts'
import { type AuthorityComponents, type AuthorityOptions, openDesk } from './desk.ts'
import { enrol, type EnrolmentOutcome } from './enrol.ts'
import { invite, listRequests } from './invite.ts'
import { issue } from './issue.ts'
import { createNonceBook } from './nonces.ts'
import { operatorDaysLeft, renewOperator } from './operator.ts'
import { renew } from './renew.ts'
import { listMembers, logProofOf } from './views.ts'
import type { SealedBeacon } from './transaction.ts'

/**
 * An ACO at work: it issues, renews, revokes and beats. Every verb runs alone, and what it signed is on disk before it returns and
 * before anybody is told. So no number is used twice, whatever happens in between.
 */
export interface Authority extends AcoApi {
  /** Key id of the root, 32 bytes. */
  readonly aco: Uint8Array
  /** Answers a tagged enrolment request. See {@link enrol} for the errors. */
  enrol(tagged: Uint8Array): Promise<EnrolmentOutcome>
  /** A nonce (16 bytes) for {@link renew}, good once within five minutes. */
  renewalNonce(): Uint8Array
  /** Issues the next certificate of a key. See `renew` for the errors. */
  renew(renewal: Uint8Array, certificate: Uint8Array): Promise<Uint8Array>
  /** Signs the next beacon; to be called each minute. @throws AuthorityError OPERATOR_EXPIRED */
  beat(): Promise<SealedBeacon>
  /** Proof of a certificate or statement under the newest beacon's checkpoint, or `undefined` when it is not logged. */
  logProofOf(entry: Uint8Array): Promise<LogProof | undefined>
  /** Days until the operator's certificate expires; negative when it has. */
  operatorDaysLeft(): number
  /** Has the root renew the operator's certificate for `days`. @throws AuthorityError AUTHORITY_MISMATCH, OPERATOR_EXPIRED */
  renewOperator(root: Signer, days: number): Promise<void>
}

/**
 * Opens the authority of a home. Its verbs throw AuthorityError AUTHORITY_BEHIND and AUTHORITY_MISMATCH besides their own errors, once the home
 * turns out to be an older copy.
 *
 * @throws AuthorityError AUTHORITY_MISSING, AUTHORITY_MISMATCH; StoreError
 */
export async function openAuthority(
  components: AuthorityComponents,
  options: AuthorityOptions = {},
): Promise<Authority> {
  const desk = await openDesk(components, options)
  const nonces = createNonceBook(desk)
  const heart = createHeart(desk)
  return {
    aco: desk.issuer.aco,
    invite: (request) => invite(desk, request),
    requests: () => listRequests(desk),
    issue: (request) => issue(desk, request),
    list: () => listMembers(desk),
    async act(request) {
      const result = await act(desk, request)
      heart.heed()
      return result
    },
    enrol: (tagged) => enrol(desk, tagged),
    renewalNonce: () => nonces.give(),
    renew: (renewal, certificate) => renew(desk, nonces, { renewal, certificate }),
    beat: () => heart.beat(),
    logProofOf: (entry) => logProofOf(desk, entry),
    operatorDaysLeft: () => operatorDaysLeft(desk),
    renewOperator: (root, days) => renewOperator(desk, root, days),
  }
}
