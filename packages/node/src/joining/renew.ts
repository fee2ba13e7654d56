import { asArray, decodeCbor, decodeReply, encodeCbor, type KemKey, sealRenewal } from '@intelmesh/protocol'
import { nativeCrypto } from '../crypto/native.ts'
import { acceptMaterial, type Membership } from './accept-material.ts'
import { askService, type Fetch } from './ask-service.ts'
import { JoiningError } from './errors.ts'
import type { Newcomer } from './join.ts'

export interface RenewComponents extends Newcomer {
  /** A fresh key: the certified one goes on to open what was sealed to it. */
  readonly kemKey: KemKey
  readonly fetch: Fetch
  /** The ACO's root, 32 bytes. */
  readonly aco: Uint8Array
  /** The certificate in force, or expired for no more than 30 days. */
  readonly certificate: Uint8Array
  /** Where to renew, as the last reply said. */
  readonly urls: readonly string[]
}

/** Where a renewal goes: the service over HTTP, or the ACO's own home. */
export interface RenewalDesk {
  /** A nonce of 16 bytes. */
  nonce(): Promise<Uint8Array>
  /** The reply to a renewal, encoded, without a tag. */
  renew(renewal: Uint8Array, certificate: Uint8Array): Promise<Uint8Array>
}

/**
 * Renews over HTTP.
 *
 * @throws JoiningError; EnrolmentError REPLY_MALFORMED, REPLY_KEY_MISMATCH; TrustError; MeshError with the code of a refusal
 * @see docs/spec/enrolment.md, "Renewal"
 */
export function renew(components: RenewComponents, signal: AbortSignal): Promise<Membership> {
  const service = { fetch: components.fetch, urls: components.urls, signal }
  return renewAt(components, {
    nonce: async () => nonceIn(done(await askService(service, 'renew/nonce', new Uint8Array()))),
    renew: async (renewal, certificate) =>
      done(await askService(service, 'renew', encodeCbor([renewal, certificate]))),
  })
}

/** Renews at a desk, and checks what comes back as at joining. */
export async function renewAt(
  { signer, kemKey, clock, aco, certificate }: Omit<RenewComponents, 'fetch' | 'urls'>,
  desk: RenewalDesk,
): Promise<Membership> {
  const nonce = await desk.nonce()
  const claims = { nonce, certificate: nativeCrypto.sha256(certificate), kemKey, at: clock() }
  const reply = await desk.renew(await sealRenewal(claims, signer), certificate)
  return acceptMaterial(decodeReply(reply), { aco, publicKey: signer.publicKey, kemKey, now: clock() })
}

function done(answer: Awaited<ReturnType<typeof askService>>): Uint8Array {
  if (answer.status === 'done') return answer.bytes
  throw new JoiningError('JOIN_ANSWER_MALFORMED', 'a renewal is never held for confirmation')
}

/** The CBOR array [nonce]. */
function nonceIn(bytes: Uint8Array): Uint8Array {
  const [nonce] = asArray(decodeCbor(bytes, { maxBytes: 64, maxDepth: 1, maxItems: 2 }), 'nonce')
  if (nonce instanceof Uint8Array && nonce.length === 16) return nonce
  throw new JoiningError('JOIN_ANSWER_MALFORMED', 'expected a nonce of 16 bytes')
}
