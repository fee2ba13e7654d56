import type { ExportItem } from '@intelmesh/node'
import {
  assertValidAt,
  checkLeaf,
  codeOf,
  compareBytes,
  type Crypto,
  fromBase64url,
  hlcTime,
  keyIdOf,
  MeshError,
  openLoneRecord,
  parseLeaf,
  toHex,
  verifyChain,
  verifySign1,
} from '@intelmesh/protocol'

export type VerifyErrorCode =
  | 'PROOF_MALFORMED'
  | 'PROOF_CERTIFICATE_MISMATCH'
  | 'PROOF_RECORD_MISMATCH'
  | 'PROOF_OBJECT_MISMATCH'
  | 'PROOF_LABEL_MISMATCH'

/** An exported record does not prove what it says. */
export class VerifyError extends MeshError<VerifyErrorCode> {
  override name = 'VerifyError'
}

/** What a record that holds is known to be. Ids in hexadecimal. */
export interface VerifiedItem {
  readonly record: string
  readonly tlp: ExportItem['tlp']
  /** RFC 8785 text. */
  readonly stix: string
  readonly organisation: { readonly id: string; readonly name: string }
  readonly cluster: string
  readonly node: string
  /** ISO 8601: the reading of the author's clock. */
  readonly published: string
}

/**
 * Checks one exported record by itself: the chain up to `root` (key id, 32 bytes), the header's signature under it, the leaf's
 * place under the header, and that leaf, object, label and id are the ones named. Says nothing about revocation after that.
 *
 * @throws VerifyError, TrustError, CoseError, RecordError, EncodingError
 */
export async function verifyItem(crypto: Crypto, item: ExportItem, root: Uint8Array): Promise<VerifiedItem> {
  const chain = await verifyChain(crypto, item.chain.map(bytesOf), root)
  const [author] = chain
  const { header, leaf: leafBytes, leafHash } = openLoneRecord(crypto, bytesOf(item.proof))
  if (compareBytes(crypto.sha256(author.bytes), header.claims.certificate) !== 0) {
    throw new VerifyError(
      'PROOF_CERTIFICATE_MISMATCH',
      'the header was signed under another certificate than the one given',
    )
  }
  await verifySign1(crypto, header, author.claims.publicKey)
  const leaf = parseLeaf(crypto, leafBytes)
  const at = hlcTime(leaf.clear.hlc)
  for (const { claims } of chain) assertValidAt(claims, Math.floor(at / 1000))
  checkLeaf(leaf.clear, header.claims, {
    keyId: keyIdOf(crypto, author.claims.publicKey),
    certificate: author.claims,
  })
  if (toHex(leafHash) !== item.record)
    throw new VerifyError('PROOF_RECORD_MISMATCH', 'the proof is of another record')
  if (leaf.clear.tlp !== item.tlp)
    throw new VerifyError('PROOF_LABEL_MISMATCH', 'the record bears another label')
  if (leaf.body.stix === undefined || new TextDecoder().decode(leaf.body.stix) !== item.stix) {
    throw new VerifyError('PROOF_OBJECT_MISMATCH', 'the record holds another object')
  }
  const { mesh } = author.claims
  return {
    record: item.record,
    tlp: item.tlp,
    stix: item.stix,
    organisation: { id: toHex(mesh.organisation), name: mesh.name },
    cluster: mesh.cluster,
    node: toHex(leaf.clear.author),
    published: new Date(at).toISOString(),
  }
}

function bytesOf(text: string): Uint8Array {
  try {
    return fromBase64url(text)
  } catch (cause) {
    throw new VerifyError('PROOF_MALFORMED', `expected base64url (${codeOf(cause) ?? 'not text'})`, { cause })
  }
}
