import { CERTIFICATE, type CborMap, type Certificate, type Signer } from '@intelmesh/protocol'
import {
  ACO,
  certificate,
  DAY,
  idOf,
  keysOf,
  NODE,
  nodeClaims,
  OPERATOR,
  operatorClaims,
  plain,
  ROOT,
  rootClaims,
  sealRaw,
  SECONDS,
  signerNamed,
  spoilt,
  STRANGER,
  usualChain,
  type VectorCase,
  type VectorFile,
} from './cast.ts'

/** Chains, subject first, judged under the root whose key id is `root`. */
export async function certificateVectors(): Promise<VectorFile> {
  const [node, operator, root] = await usualChain()
  const registrar = signerNamed('registrar')
  const asRegistrar = {
    publicKey: registrar.publicKey,
    mesh: { subject: 'registrar', duties: ['issue'] },
  } as const
  const registrarBytes = await certificate(operatorClaims(asRegistrar), ROOT)
  const byRegistrar = nodeClaims({ mesh: { issuer: idOf(registrar) } })
  const foreign = rootClaims({ publicKey: STRANGER.publicKey, mesh: { issuer: idOf(STRANGER) } })

  const under = async (claims: Certificate, signer: Signer = OPERATOR): Promise<readonly Uint8Array[]> => [
    await certificate(claims, signer),
    operator,
    root,
  ]
  const widened = (name: string, draft: Parameters<typeof nodeClaims>[0]): Promise<VectorCase> =>
    refusal(
      `a node certificate with a wider ${name} than its operator's`,
      under(nodeClaims(draft)),
      'CERT_SCOPE_EXCEEDED',
    )

  const narrow = await certificate(
    operatorClaims({ mesh: { clearance: 'green', roles: ['isac'], kinds: ['member'] } }),
    ROOT,
  )
  const underNarrow = async (draft: Parameters<typeof nodeClaims>[0]): Promise<readonly Uint8Array[]> => [
    await certificate(nodeClaims(draft), OPERATOR),
    narrow,
    root,
  ]

  const cases: readonly Promise<VectorCase>[] = [
    acceptance('node, operator, root', [node, operator, root], nodeClaims()),
    acceptance(
      'node, registrar, root',
      [await certificate(byRegistrar, registrar), registrarBytes, root],
      byRegistrar,
    ),
    acceptance('operator, root', [operator, root], operatorClaims()),
    acceptance('the root alone', [root], rootClaims()),
    acceptance('a node without a KEM key', await under(withoutKem()), withoutKem()),
    refusal('no certificate', [], 'CERT_CHAIN_LENGTH'),
    refusal('four certificates', [node, operator, operator, root], 'CERT_CHAIN_LENGTH'),
    refusal('a chain that ends in another root', [await certificate(foreign, STRANGER)], 'CERT_ROOT_UNKNOWN'),
    refusal('a chain without its root', [node, operator], 'CERT_ROOT_UNKNOWN'),
    refusal('a chain without its operator', [node, root], 'CERT_ISSUER_MISMATCH'),
    refusal('a root that issues a node', rootIssuesNode(root), 'CERT_LINK_FORBIDDEN'),
    refusal(
      'an operator that issues an operator',
      operatorIssuesOperator(operator, root),
      'CERT_LINK_FORBIDDEN',
    ),
    refusal('a signature that was spoilt', [spoilt(node), operator, root], 'CERT_SIGNATURE_INVALID'),
    refusal('a certificate signed by a stranger', under(nodeClaims(), STRANGER), 'CERT_SIGNATURE_INVALID'),
    widened('validity at its end', { expiresAt: SECONDS + 366 * DAY }),
    widened('validity at its beginning', { notBefore: SECONDS - 1 }),
    refusal(
      'a wider clearance than the issuer has',
      underNarrow({ mesh: { clearance: 'amber' } }),
      'CERT_SCOPE_EXCEEDED',
    ),
    refusal(
      'a role that the issuer may not grant',
      underNarrow({ mesh: { clearance: 'green', roles: ['mssp'] } }),
      'CERT_SCOPE_EXCEEDED',
    ),
    refusal(
      'a kind that the issuer may not grant',
      underNarrow({ mesh: { clearance: 'green', kinds: ['expert'] } }),
      'CERT_SCOPE_EXCEEDED',
    ),
    refusal('another cluster', under(nodeClaims({ mesh: { cluster: 'health.eu' } })), 'CERT_SCOPE_EXCEEDED'),
    refusal('a node with a duty', under(nodeClaims({ mesh: { duties: ['issue'] } })), 'CERT_SCOPE_EXCEEDED'),
    refusal(
      'a node of two kinds',
      under(nodeClaims({ mesh: { kinds: ['member', 'expert'] } })),
      'CERT_SCOPE_EXCEEDED',
    ),
    refusal(
      'a validity that ends before it begins',
      under(nodeClaims({ notBefore: SECONDS + 15 * DAY })),
      'CERT_SCOPE_EXCEEDED',
    ),
    refusal('a key of small order', under(nodeClaims({ publicKey: new Uint8Array(32) })), 'CERT_KEY_INVALID'),
    refusal(
      'an unknown claim below 64',
      sealedWith(new Map([[1, 'iss']]), operator, root),
      'STRUCT_MALFORMED',
    ),
    refusal('a claim of a later version', sealedWith(new Map([[64, 1]]), operator, root), 'NEWER_THAN_ME'),
    refusal(
      'another typ',
      [await sealRaw('application/cwt', payloadOf(), OPERATOR), operator, root],
      'COSE_TYP_MISMATCH',
    ),
    refusal('one byte more', [Uint8Array.from([...node, 0]), operator, root], 'CBOR_MALFORMED'),
    refusal('no tag', [node.subarray(1), operator, root], 'COSE_MALFORMED'),
  ]
  return {
    description:
      'Certificate chains, subject first. "claims" are those of the subject; times are in seconds. See docs/spec/certificates.md.',
    keys: keysOf('root', 'operator', 'registrar', 'node', 'stranger'),
    root: plain(ACO),
    cases: await Promise.all(cases),
  }
}

async function acceptance(
  description: string,
  chain: readonly Uint8Array[],
  claims: Certificate,
): Promise<VectorCase> {
  return { description, expect: 'accept', chain: plain(chain), claims: plain(claims) }
}

async function refusal(
  description: string,
  chain: readonly Uint8Array[] | Promise<readonly Uint8Array[]>,
  expect: string,
): Promise<VectorCase> {
  return { description, expect, chain: plain(await chain) }
}

function withoutKem(): Certificate {
  const claims = nodeClaims()
  const { kemKey: _, ...mesh } = claims.mesh
  return { ...claims, mesh }
}

async function rootIssuesNode(root: Uint8Array): Promise<readonly Uint8Array[]> {
  return [await certificate(nodeClaims({ mesh: { issuer: ACO } }), ROOT), root]
}

async function operatorIssuesOperator(
  operator: Uint8Array,
  root: Uint8Array,
): Promise<readonly Uint8Array[]> {
  const claims = operatorClaims({ publicKey: NODE.publicKey, mesh: { issuer: idOf(OPERATOR) } })
  return [await certificate(claims, OPERATOR), operator, root]
}

function payloadOf(): CborMap {
  return CERTIFICATE.payload.encode(nodeClaims()) as CborMap
}

async function sealedWith(
  more: CborMap,
  operator: Uint8Array,
  root: Uint8Array,
): Promise<readonly Uint8Array[]> {
  return [await sealRaw(CERTIFICATE.typ, new Map([...payloadOf(), ...more]), OPERATOR), operator, root]
}
