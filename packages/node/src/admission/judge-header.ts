import {
  assertValidAt,
  type Author,
  type Crypto,
  fromHex,
  hlcTime,
  MeshError,
  type ParsedHeader,
  toHex,
  verifySign1,
} from '@intelmesh/protocol'
import { ADMISSION_PROFILE } from '@intelmesh/stix'
import type { HeaderRow, Hex } from '../store/index.ts'
import { CLOCK_TOLERANCE_MS, type KnownCertificate, type Trust } from '../trust/index.ts'

/** What a header is judged against. */
export interface HeaderContext {
  readonly trust: Trust
  readonly crypto: Crypto
  readonly nowMs: number
}

/** A header whose signature and certificate hold, and whose chain is open to it. */
export interface JudgedHeader {
  readonly header: ParsedHeader
  readonly hash: Hex
  readonly author: Author
  readonly node: Hex
  readonly organisation: Hex
  /** Whether the chains of its author are closed: it hangs at or below a head then. */
  readonly isClosed: boolean
}

/** A fault found by admission itself. */
export class AdmissionError extends MeshError<string> {
  override name = 'AdmissionError'
}

/**
 * Judges a header, whose SHA-256 is `hash`, cheapest check first. The rules and their order: docs/spec/admission.md, "Headers".
 *
 * @throws MeshError with the code of the rule that failed
 */
export async function judgeHeader(
  header: ParsedHeader,
  hash: Hex,
  context: HeaderContext,
): Promise<JudgedHeader> {
  const { trust, crypto } = context
  const { claims } = header
  const known = knownAuthor(header, trust)
  const certificate = known.certificate.claims
  // [REJECT] The certificate is valid at every reading of the batch.
  assertValidAt(certificate, Math.floor(hlcTime(claims.from) / 1000))
  assertValidAt(certificate, Math.ceil(hlcTime(claims.to) / 1000))
  // [IGNORE] No reading is ahead of the clock by more than honest clocks differ.
  if (hlcTime(claims.to) > context.nowMs + CLOCK_TOLERANCE_MS) {
    throw new AdmissionError('RECORD_FROM_FUTURE', 'the batch is dated ahead of the clock')
  }
  // [IGNORE] The author's chains are open, or the header hangs at or below a head that closes them.
  const isClosed = await assertOpen(
    known.keyId,
    { hash, chain: toHex(claims.chain), seq: claims.seq },
    context,
  )
  // [REJECT] The certified key signed it.
  await verifySign1(crypto, header, certificate.publicKey)
  return {
    header,
    hash,
    node: known.keyId,
    organisation: toHex(certificate.mesh.organisation),
    author: { keyId: fromHex(known.keyId), certificate },
    isClosed,
  }
}

/**
 * The certificate that a header names: what is cheapest of {@link judgeHeader}, for whoever has more to do before a signature is worth
 * checking.
 *
 * @throws AdmissionError NEWER_THAN_ME, HEADER_PROFILE_MISMATCH, CERT_UNKNOWN, CERT_LINK_FORBIDDEN
 */
export function knownAuthor({ claims }: ParsedHeader, trust: Pick<Trust, 'roster'>): KnownCertificate {
  // [IGNORE] The profile is one that this node can apply.
  if (claims.profile > ADMISSION_PROFILE)
    throw new AdmissionError('NEWER_THAN_ME', 'the batch keeps a later admission profile')
  // [REJECT] Profile numbers begin at 1.
  if (claims.profile !== ADMISSION_PROFILE)
    throw new AdmissionError('HEADER_PROFILE_MISMATCH', 'there is no such profile')
  // [IGNORE] The author's certificate is known.
  const known = trust.roster.byId(toHex(claims.certificate))
  if (known === undefined)
    throw new AdmissionError('CERT_UNKNOWN', 'the certificate of the author has not come yet')
  // [REJECT] It certifies a node.
  if (known.certificate.claims.mesh.subject !== 'node')
    throw new AdmissionError('CERT_LINK_FORBIDDEN', 'only nodes author records')
  return known
}

/**
 * [IGNORE] A header that comes without records links older ones of a closed chain to its head. Rows of headers are never deleted, so none
 * is taken for nothing.
 *
 * @throws AdmissionError HEADER_UNWANTED, and what {@link knownAuthor} does
 */
export function assertWanted(header: ParsedHeader, trust: Trust): void {
  const { keyId } = knownAuthor(header, trust)
  if (trust.keyStatus(keyId).heads === undefined)
    throw new AdmissionError('HEADER_UNWANTED', 'the chains of the author are open')
}

/**
 * @returns whether chains of the node are closed at all
 * @throws AdmissionError CHAIN_CLOSED, CERT_REVOKED, CERT_SUSPENDED
 */
async function assertOpen(
  node: Hex,
  header: { readonly hash: Hex; readonly chain: Hex; readonly seq: number },
  { trust }: HeaderContext,
): Promise<boolean> {
  const { heads } = trust.keyStatus(node)
  if (heads !== undefined) {
    if ((await trust.lines.isLinked(heads, header)) === true) return true
    throw new AdmissionError(
      'CHAIN_CLOSED',
      'the header does not hang below a head that closes the chains of its key',
    )
  }
  // The list or beacon may be here before the statement that names the heads: until then nothing new counts.
  const standing = trust.standing(node)
  if (standing === 'revoked') throw new AdmissionError('CERT_REVOKED', 'the author is revoked')
  if (standing === 'suspended') throw new AdmissionError('CERT_SUSPENDED', 'the author is suspended')
  return false
}

/** The row under which a judged header is kept. */
export function headerRow(judged: JudgedHeader, arrivedAt: number, leafHashes?: readonly Hex[]): HeaderRow {
  const { chain, seq, previous, to } = judged.header.claims
  return {
    hash: judged.hash,
    bytes: judged.header.bytes,
    author: judged.node,
    chain: toHex(chain),
    seq,
    to,
    ...(previous && { previous: toHex(previous) }),
    arrivedAt,
    ...(leafHashes && { leafHashes }),
  }
}
