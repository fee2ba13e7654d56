import {
  decodeReply,
  parseInvite,
  sealRequest,
  type KemKey,
  type Signer,
  tagRequest,
  untagReply,
} from '@intelmesh/protocol'
import { nativeCrypto } from '../crypto/native.ts'
import { acceptMaterial, type Expected, type Membership } from './accept-material.ts'
import { askService, type Fetch } from './ask-service.ts'

/** What a newcomer brings. Both keys are on disk before they are shown to anybody, or a crash would waste the invite. */
export interface Newcomer {
  readonly signer: Signer
  readonly kemKey: KemKey
  /** ms since the Unix epoch. */
  readonly clock: () => number
}

export interface JoinComponents extends Newcomer {
  readonly fetch: Fetch
  /** Waits between two questions while the ACO has not confirmed yet. */
  readonly wait: (ms: number, signal: AbortSignal) => Promise<void>
}

export interface JoinOptions {
  readonly signal: AbortSignal
  /** What the newcomer calls itself; the certificate bears the name that the ACO vouches for. */
  readonly name?: string
  /** Told each time the ACO has yet to confirm. */
  readonly onPending?: () => void
}

/** Between two questions, in ms: people are comparing fingerprints meanwhile. */
const POLL_MS = 5_000

/**
 * Joins a cluster by an invite line: asks its enrolment service, waits while the ACO confirms, and checks all that comes back. What
 * stands between the two can do no more than keep them apart.
 *
 * @throws EnrolmentError INVITE_MALFORMED, INVITE_CHECKSUM, INVITE_EXPIRED, REPLY_TAG_INVALID, REPLY_MALFORMED, REPLY_KEY_MISMATCH
 * @throws JoiningError; MeshError with the code of a refusal; TrustError for a reply that does not hold
 * @see docs/spec/enrolment.md
 */
export async function join(
  line: string,
  components: JoinComponents,
  options: JoinOptions,
): Promise<Membership> {
  const { signer, kemKey, clock, fetch, wait } = components
  const { signal, name, onPending } = options
  const invite = parseInvite(nativeCrypto, line)
  const claims = {
    invite: invite.id,
    publicKey: signer.publicKey,
    kemKey,
    at: clock(),
    ...(name !== undefined && { name }),
  }
  const request = await sealRequest(claims, signer)
  const tagged = tagRequest(invite, request)
  for (;;) {
    const answer = await askService({ fetch, urls: invite.urls, signal }, 'enrol', tagged)
    if (answer.status === 'done') {
      const reply = untagReply(invite, request, answer.bytes)
      return acceptMaterial(reply, { ...expectedOf(components), aco: invite.aco })
    }
    onPending?.()
    await wait(POLL_MS, signal)
  }
}

/** A request that travels by file, for an ACO that stays offline. */
export function requestFile({ signer, kemKey, clock }: Newcomer, name?: string): Promise<Uint8Array> {
  return sealRequest(
    { publicKey: signer.publicKey, kemKey, at: clock(), ...(name !== undefined && { name }) },
    signer,
  )
}

/**
 * Checks a reply that came by file. It has no tag, so everything rests on `aco`, the root's fingerprint, which the newcomer had from the ACO
 * by another way.
 *
 * @throws EnrolmentError REPLY_MALFORMED, REPLY_KEY_MISMATCH; TrustError; CoseError; EncodingError
 */
export function installFile(
  bytes: Uint8Array,
  newcomer: Newcomer & { readonly aco: Uint8Array },
): Promise<Membership> {
  return acceptMaterial(decodeReply(bytes), { ...expectedOf(newcomer), aco: newcomer.aco })
}

function expectedOf({ signer, kemKey, clock }: Newcomer): Omit<Expected, 'aco'> {
  return { publicKey: signer.publicKey, kemKey, now: clock() }
}
