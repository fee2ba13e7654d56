import {
  type CborValue,
  type Certificate,
  CERTIFICATE,
  keyIdOf,
  KINDS,
  type MeshClaim,
  portableCrypto,
  publicKeyOf,
  ROLES,
  sealSign1,
  sha256,
  type Signer,
  signerOf,
  type SignedKind,
  toHex,
  utf8Bytes,
} from '@intelmesh/protocol'

/** One case of a vector file: `expect` is `accept` or the code of the refusal. */
export interface VectorCase {
  readonly description: string
  readonly expect: string
  readonly [field: string]: unknown
}

/** A vector file: what its cases have in common, and the cases. */
export interface VectorFile {
  readonly description: string
  readonly cases: readonly VectorCase[]
  readonly [field: string]: unknown
}

/** Everything happens at this instant or around it: ms since the Unix epoch. */
export const AT: number = Date.UTC(2026, 10, 22, 8)
export const SECONDS: number = AT / 1000
export const DAY: number = 86_400

/** The secret key of a name: SHA-256 of it. */
export function secretOf(name: string): Uint8Array {
  return sha256(utf8Bytes(`intelmesh vector ${name}`))
}

export function signerNamed(name: string): Signer {
  return signerOf(secretOf(name))
}

export function idOf({ publicKey }: Pick<Signer, 'publicKey'>): Uint8Array {
  return keyIdOf(portableCrypto, publicKey)
}

/** The keys of the names, as a vector file shows them. */
export function keysOf(...names: readonly string[]): Readonly<Record<string, unknown>> {
  const shown = names.map((name) => {
    const secretKey = secretOf(name)
    const publicKey = publicKeyOf(secretKey)
    return [
      name,
      { secretKey: toHex(secretKey), publicKey: toHex(publicKey), keyId: toHex(idOf({ publicKey })) },
    ]
  })
  return Object.fromEntries(shown) as Readonly<Record<string, unknown>>
}

export const ROOT: Signer = signerNamed('root')
export const OPERATOR: Signer = signerNamed('operator')
export const NODE: Signer = signerNamed('node')
export const STRANGER: Signer = signerNamed('stranger')
export const ACO: Uint8Array = idOf(ROOT)
const ORGANISATION = sha256(utf8Bytes('organisation')).subarray(0, 16)

export const KEM_KEY: { readonly id: Uint8Array; readonly publicKey: Uint8Array } = {
  id: new Uint8Array(8).fill(5),
  publicKey: new Uint8Array(32).fill(9),
}

export type Draft = Partial<Omit<Certificate, 'mesh'>> & { readonly mesh?: Partial<MeshClaim> }

export function rootClaims(draft: Draft = {}): Certificate {
  return claimsOf(
    { subject: 'root', duties: ['issue', 'status', 'log'] },
    { holder: ROOT, issuer: ROOT, days: 3650, draft },
  )
}

export function operatorClaims(draft: Draft = {}): Certificate {
  return claimsOf(
    { subject: 'operator', duties: ['issue', 'status', 'log'] },
    { holder: OPERATOR, issuer: ROOT, days: 365, draft },
  )
}

export function nodeClaims(draft: Draft = {}): Certificate {
  const mesh = {
    subject: 'node',
    organisation: ORGANISATION,
    name: 'Bank of Examples',
    clearance: 'amber',
    kinds: ['member'],
    roles: [],
    duties: [],
    statusIndex: 1,
    kemKey: KEM_KEY,
  } as const
  return claimsOf(mesh, { holder: NODE, issuer: OPERATOR, days: 14, draft })
}

export function certificate(claims: Certificate, signer: Signer): Promise<Uint8Array> {
  return sealAny(CERTIFICATE, claims, signer)
}

/** Node, operator, root. */
export async function usualChain(): Promise<readonly [Uint8Array, Uint8Array, Uint8Array]> {
  return Promise.all([
    certificate(nodeClaims(), OPERATOR),
    certificate(operatorClaims(), ROOT),
    certificate(rootClaims(), ROOT),
  ])
}

/** Signs a payload as it stands, whatever it is. */
export function sealRaw(typ: string, payload: CborValue, signer: Signer): Promise<Uint8Array> {
  const kind: SignedKind<CborValue> = {
    typ,
    payload: { name: 'raw', encode: (value) => value, decode: (value) => value },
    limits: { maxBytes: 65_536, maxDepth: 8, maxItems: 4096 },
  }
  return sealSign1(kind, payload, signer)
}

/** Signs claims that the codec may refuse. */
export function sealAny<T>(kind: SignedKind<T>, claims: T, signer: Signer): Promise<Uint8Array> {
  return sealRaw(kind.typ, kind.payload.encode(claims), signer)
}

/** Flips the lowest bit of the last byte: the signature holds no more. */
export function spoilt(bytes: Uint8Array): Uint8Array {
  return bytes.with(-1, (bytes.at(-1) as number) ^ 1)
}

/** A value as JSON has it: bytes in hexadecimal. */
export function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return toHex(value)
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, held]) => [key, plain(held)]))
}

function claimsOf(
  mesh: Pick<MeshClaim, 'subject' | 'duties'> & Partial<MeshClaim>,
  { holder, issuer, days, draft }: { holder: Signer; issuer: Signer; days: number; draft: Draft },
): Certificate {
  const common: Omit<MeshClaim, 'subject' | 'duties'> = {
    issuer: idOf(issuer),
    organisation: new Uint8Array(16).fill(1),
    name: 'Example ACO',
    cluster: 'finance.eu',
    clearance: 'red',
    kinds: KINDS,
    roles: ROLES,
  }
  const times = { expiresAt: SECONDS + days * DAY, notBefore: SECONDS, issuedAt: SECONDS }
  return { ...times, publicKey: holder.publicKey, ...draft, mesh: { ...common, ...mesh, ...draft.mesh } }
}
