import { randomBytes, randomUUID } from 'node:crypto'
import {
  type Certificate,
  CERTIFICATE,
  type CborValue,
  DUTIES,
  encodeBatch,
  encodeCbor,
  encodeLeaf,
  headerHash,
  hlcAt,
  type HeaderDraft,
  keyIdOf,
  KINDS,
  type LeafBody,
  type LeafClear,
  type MeshClaim,
  parseLeaf,
  parseSign1,
  portableCrypto,
  ROLES,
  sealHeader,
  sealSign1,
  sha256,
  signatureInput,
  type Signer,
  signerOf,
  toHex,
} from '@intelmesh/protocol'
import { canonicalise, type JsonValue } from '@intelmesh/stix'
import { homePaths } from '@intelmesh/node'
import { readKeyFile } from '../../packages/node/src/keys/index.ts'
import { readMembership } from '../../packages/node/src/running/core.ts'

/** Somebody who can sign, with the certificate under which it does. */
export interface Author {
  readonly signer: Signer
  /** 32 bytes. */
  readonly keyId: Uint8Array
  readonly certificate: Uint8Array
}

/** The keys of an ACO, as a thief of its home would have them. */
export interface AcoKeys {
  readonly root: Author
  readonly operator: Author
}

/** A batch and what it is made of. */
export interface Forged {
  readonly header: Uint8Array
  /** SHA-256 of the header. */
  readonly hash: Uint8Array
  readonly leaves: readonly Uint8Array[]
  /** Record ids, hexadecimal. */
  readonly ids: readonly string[]
  readonly bytes: Uint8Array
}

const HOUR_MS = 3_600_000
/** In seconds. */
const DAY = 86_400

/** A key of its own with the certificate that it is given. */
export function authorOf(secretKey: Uint8Array, certificate: Uint8Array): Author {
  const signer = signerOf(secretKey)
  return { signer, keyId: keyIdOf(portableCrypto, signer.publicKey), certificate }
}

/** The member of a home. */
export async function readAuthor(home: string): Promise<Author> {
  const paths = homePaths(home)
  const { secret } = await readKeyFile(paths.nodeKey)
  const { chain } = await readMembership(paths)
  return authorOf(secret.expose(), chain[0] as Uint8Array)
}

export async function readAcoKeys(home: string): Promise<AcoKeys> {
  const paths = homePaths(home)
  const [operator, root] = await Promise.all([readKeyFile(paths.operatorKey), readKeyFile(paths.rootKey)])
  const { chain } = await readMembership(paths)
  return {
    operator: authorOf(operator.secret.expose(), chain[1] as Uint8Array),
    root: authorOf(root.secret.expose(), chain[2] as Uint8Array),
  }
}

/** A root and an operator under it, since `at` (ms since the Unix epoch), in memory alone. */
export async function newAco(at: number): Promise<AcoKeys> {
  const secretKey = randomBytes(32)
  const { publicKey } = signerOf(secretKey)
  const keyId = keyIdOf(portableCrypto, publicKey)
  const since = Math.floor(at / 1000)
  const mesh: MeshClaim = {
    subject: 'root',
    issuer: keyId,
    organisation: randomBytes(16),
    name: 'Example ACO',
    cluster: 'finance.eu',
    clearance: 'red',
    kinds: KINDS,
    roles: ROLES,
    duties: DUTIES,
  }
  const claims = { issuedAt: since, notBefore: since, expiresAt: since + 100 * DAY, publicKey, mesh }
  const root = authorOf(secretKey, await sealSign1(CERTIFICATE, claims, signerOf(secretKey)))
  const operator = await certify(root, {
    mesh: { ...mesh, subject: 'operator' },
    claims: { issuedAt: since, notBefore: since, expiresAt: since + 90 * DAY },
  })
  return { root, operator }
}

/** What a certificate is to say besides what any node's says. */
export interface CertificateDraft {
  readonly mesh?: Partial<MeshClaim>
  readonly claims?: Partial<Certificate>
  /** @default a new key */
  readonly secretKey?: Uint8Array
}

/** A certificate as its issuer would sign it, rightly or not, and its holder. In no log. */
export async function certify(issuer: Author, draft: CertificateDraft = {}): Promise<Author> {
  const secretKey = draft.secretKey ?? randomBytes(32)
  const now = Math.floor(Date.now() / 1000)
  const { mesh, notBefore, expiresAt } = parseSign1(CERTIFICATE, issuer.certificate).claims
  const claims: Certificate = {
    issuedAt: now,
    notBefore: Math.max(notBefore, now - 300),
    expiresAt: Math.min(expiresAt, now + DAY),
    publicKey: signerOf(secretKey).publicKey,
    mesh: {
      subject: 'node',
      issuer: issuer.keyId,
      organisation: randomBytes(16),
      name: `Organisation ${randomUUID()}`,
      cluster: mesh.cluster,
      clearance: 'green',
      kinds: ['member'],
      roles: [],
      duties: [],
      ...(draft.mesh?.subject === undefined && { statusIndex: 900_000 }),
      ...draft.mesh,
    },
    ...draft.claims,
  }
  return authorOf(secretKey, await sealSign1(CERTIFICATE, claims, issuer.signer))
}

/** A STIX object that every node admits, in canonical form; `over` changes or, by `undefined`, takes away. */
export function stixOf(over: Readonly<Record<string, JsonValue | undefined>> = {}): Uint8Array {
  const object: Record<string, JsonValue | undefined> = {
    type: 'indicator',
    spec_version: '2.1',
    id: `indicator--${randomUUID()}`,
    created: '2024-01-01T00:00:00.000Z',
    modified: '2024-01-01T00:00:00.000Z',
    name: 'An address',
    pattern: "[ipv4-addr:value = '198.51.100.7']",
    pattern_type: 'stix',
    valid_from: '2024-01-01T00:00:00Z',
    ...over,
  }
  const kept = Object.entries(object).filter((entry): entry is [string, JsonValue] => entry[1] !== undefined)
  return canonicalise(Object.fromEntries(kept))
}

/** What a leaf is to say besides what any leaf of its author says. */
export interface LeafDraft {
  readonly at?: number
  readonly clear?: Partial<LeafClear>
  readonly body?: LeafBody
}

function clearOf(author: Pick<Author, 'keyId'>, { at = Date.now(), clear = {} }: LeafDraft): LeafClear {
  return {
    author: author.keyId,
    hlc: hlcAt(at),
    cluster: 'finance.eu',
    compartments: ['green'],
    tlp: 'green',
    expires: Math.floor(at / HOUR_MS) + 24,
    ...clear,
  }
}

/** The bytes of a leaf, a new object in it unless another body is given. */
export function leafOf(author: Pick<Author, 'keyId'>, draft: LeafDraft = {}): Uint8Array {
  return encodeLeaf({
    clear: clearOf(author, draft),
    body: draft.body ?? { kind: 'stix', stix: stixOf() },
  })
}

/** What a batch is to be besides the first of a new chain of its author. */
export interface BatchDraft {
  /** @default one new leaf */
  readonly leaves?: readonly Uint8Array[]
  readonly header?: Partial<HeaderDraft>
  /** ms since the Unix epoch: the readings of the header. */
  readonly from?: number
  readonly to?: number
  /** Who signs it in the author's place. */
  readonly signer?: Signer
}

/** A batch around leaves, whatever is in them. Its readings are now and the minute before, unless told. */
export async function batchOf(author: Author, draft: BatchDraft = {}): Promise<Forged> {
  const now = Date.now()
  const { from = now - 60_000, to = now } = draft
  const leaves = draft.leaves ?? [leafOf(author, { at: to })]
  const header = await sealHeader(
    portableCrypto,
    {
      profile: 1,
      certificate: sha256(author.certificate),
      chain: randomBytes(16),
      seq: 0,
      audience: 'green',
      ...draft.header,
    },
    { leaves, from: hlcAt(from), to: hlcAt(to) + 0xffffn },
    draft.signer ?? author.signer,
  )
  return forged(header, leaves)
}

/** The same leaves under a header of the caller's making. */
function forged(header: Uint8Array, leaves: readonly Uint8Array[]): Forged {
  return {
    header,
    hash: headerHash(portableCrypto, header),
    leaves,
    ids: leaves.map(idOf),
    bytes: encodeBatch(header, leaves),
  }
}

/** Record id of a leaf, also of one that nobody can read. */
function idOf(leaf: Uint8Array): string {
  try {
    return toHex(parseLeaf(portableCrypto, leaf).id)
  } catch {
    return toHex(sha256(Buffer.concat([Uint8Array.of(0), leaf])))
  }
}

/** A COSE_Sign1 of any `typ` around any payload, as nobody's encoder would make it. */
export async function sealAnything(
  typ: string,
  payload: CborValue | Uint8Array,
  signer: Signer,
): Promise<Uint8Array> {
  const header = encodeCbor(
    new Map<number, CborValue>([
      [1, -19],
      [16, typ],
    ]),
  )
  const content = payload instanceof Uint8Array ? payload : encodeCbor(payload)
  const signature = await signer.sign(signatureInput(header, content))
  return Buffer.concat([Uint8Array.of(0xd2), encodeCbor([header, new Map(), content, signature])])
}

/** The text of a publish request's object. */
export function textOf(stix: Uint8Array): string {
  return new TextDecoder().decode(stix)
}
