import { deflateSync } from 'node:zlib'
import {
  BEACON,
  type Beacon,
  type CborValue,
  packStatuses,
  portableCrypto,
  type Signer,
  STATEMENT,
  type Statement,
  STATUS_LIST,
  statusListSubject,
  type StatusListToken,
  type Zlib,
} from '@intelmesh/protocol'
import {
  ACO,
  AT,
  DAY,
  idOf,
  keysOf,
  NODE,
  OPERATOR,
  plain,
  ROOT,
  sealAny,
  sealRaw,
  spoilt,
  STRANGER,
  usualChain,
  type VectorCase,
  type VectorFile,
} from './cast.ts'

const HOUR_MS = 3_600_000
const YEAR_MS = 365 * DAY * 1000

/** Stored blocks: every zlib writes them in one way. */
export const STORED: Zlib = {
  deflate: (bytes) => new Uint8Array(deflateSync(bytes, { level: 0 })),
  inflate: () => {
    throw new TypeError('nothing is inflated here')
  },
}

/** Statuses of the list that the vectors share: node 1 is revoked, node 2 suspended. */
const STATUSES_LISTED = ['valid', 'invalid', 'suspended', 'valid', 'valid'] as const

/** Beacons, judged with the operator's and root's certificates at hand. */
export async function beaconVectors(): Promise<VectorFile> {
  const list = await usualList()
  const usual = beaconClaims(list)
  const sealed = (change: Partial<Beacon>, signer: Signer = OPERATOR): Promise<Uint8Array> =>
    sealAny(BEACON, { ...usual, ...change }, signer)
  const many = Array.from({ length: 65 }, (_, i) => i)
  return common('Beacons of the ACO "aco", whose certificates are "certificates". See docs/spec/status.md.', [
    await acceptance('a beacon', usual, sealed({})),
    await acceptance(
      'a beacon that names 64 revoked indices',
      { ...usual, revoked: many.slice(1) },
      sealed({ revoked: many.slice(1) }),
    ),
    await acceptance('the first beacon of an empty log', firstOf(usual), sealed(firstOf(usual))),
    await refusal('65 revoked indices', sealed({ revoked: many }), 'STRUCT_MALFORMED'),
    await refusal('a spoilt signature', sealed({}).then(spoilt), 'COSE_SIGNATURE_INVALID'),
    await refusal('another ACO', sealed({ aco: idOf(STRANGER) }), 'CERT_ROOT_UNKNOWN'),
    await refusal(
      'a signer whose certificate is not known',
      sealed({ signer: idOf(STRANGER) }, STRANGER),
      'CERT_UNKNOWN',
    ),
    await refusal('the root, which signs no beacons', sealed({ signer: ACO }, ROOT), 'STATUS_DUTY_MISSING'),
    await refusal(
      'a time at which the operator has expired',
      sealed({ at: AT + YEAR_MS + 1000, nextUpdate: AT + 2 * YEAR_MS }),
      'CERT_EXPIRED',
    ),
    await refusal('a time before the operator began', sealed({ at: AT - 1 }), 'CERT_NOT_YET_VALID'),
    await refusal('nextUpdate that is not after at', sealed({ nextUpdate: AT }), 'STRUCT_MALFORMED'),
    await refusal(
      'a statement in its place',
      sealAny(STATEMENT, statementClaims(), OPERATOR),
      'COSE_TYP_MISMATCH',
    ),
  ])
}

/** Statements, judged likewise. */
export async function statementVectors(): Promise<VectorFile> {
  const usual = statementClaims()
  const sealed = (change: Partial<Statement>, signer: Signer = OPERATOR): Promise<Uint8Array> =>
    sealAny(STATEMENT, { ...usual, ...change }, signer)
  const suspension = {
    ...usual,
    number: 2,
    action: 'suspend',
    reason: 'unspecified',
    until: AT + 2 * HOUR_MS,
  } as const
  const byRoot = { ...usual, signer: ACO }
  const lapse = { ...usual, number: 3, action: 'lapse', reason: 'inactive', heads: [] } as const
  return common(
    'Statements of the ACO "aco", whose certificates are "certificates". See docs/spec/status.md.',
    [
      await acceptance('a revocation that closes one chain', usual, sealed({})),
      await acceptance('a suspension that ends by itself', suspension, sealed(suspension)),
      await acceptance('a revocation by the root', byRoot, sealed(byRoot, ROOT)),
      await acceptance('a lapse without chains', lapse, sealed(lapse)),
      await refusal('the number 0', sealed({ number: 0 }), 'STRUCT_MALFORMED'),
      await refusal('no keys', sealed({ keys: [] }), 'STRUCT_MALFORMED'),
      await refusal('an end of a revocation', sealed({ until: AT + 1 }), 'STRUCT_MALFORMED'),
      await refusal(
        'a suspension that ends when it begins',
        sealed({ action: 'suspend', until: AT + HOUR_MS }),
        'STRUCT_MALFORMED',
      ),
      await refusal('a spoilt signature', sealed({}).then(spoilt), 'COSE_SIGNATURE_INVALID'),
      await refusal('another ACO', sealed({ aco: idOf(STRANGER) }), 'CERT_ROOT_UNKNOWN'),
      await refusal('a node as signer', sealed({ signer: idOf(NODE) }, NODE), 'STATUS_DUTY_MISSING'),
      await refusal(
        'a time at which the operator has expired',
        sealed({ at: AT + YEAR_MS + 1000 }),
        'CERT_EXPIRED',
      ),
      await refusal(
        'a beacon in its place',
        sealAny(BEACON, beaconClaims(await usualList()), OPERATOR),
        'COSE_TYP_MISMATCH',
      ),
    ],
  )
}

/** Status lists, each with a beacon that holds. */
export async function statusListVectors(): Promise<VectorFile> {
  const usual = listClaims()
  const list = await usualList()
  const beaconOn = (bytes: Uint8Array): Promise<Uint8Array> => sealAny(BEACON, beaconClaims(bytes), OPERATOR)
  const named = async (description: string, bytes: Uint8Array, expect: string): Promise<VectorCase> => ({
    description,
    expect,
    bytes: plain(bytes),
    beacon: plain(await beaconOn(bytes)),
  })
  const foreign = await sealAny(
    STATUS_LIST,
    { ...usual, subject: statusListSubject(idOf(STRANGER)) },
    OPERATOR,
  )
  const statuses = [...STATUSES_LISTED, 'valid', 'valid', 'valid']
  return common(
    'Status lists and the beacons that name them. "statuses" are those of indices 0, 1, 2 …; the list ends there.',
    [
      { ...(await named('a list', list, 'accept')), claims: plain(usual), statuses },
      {
        ...(await named('', list, 'STATUS_LIST_MISMATCH')),
        description: 'another list than the beacon names',
        beacon: plain(await beaconOn(foreign)),
      },
      await named('a list about the members of another ACO', foreign, 'STATUS_LIST_MISMATCH'),
      await named(
        'a list that a stranger signed',
        await sealAny(STATUS_LIST, usual, STRANGER),
        'COSE_SIGNATURE_INVALID',
      ),
      await named('a spoilt signature', spoilt(list), 'COSE_SIGNATURE_INVALID'),
      await named('a list of one bit', await oneBit(usual), 'STATUS_LIST_MISMATCH'),
      await named(
        'a list that is no zlib stream',
        await sealAny(STATUS_LIST, { ...usual, list: new Uint8Array(9) }, OPERATOR),
        'STATUS_LIST_MISMATCH',
      ),
      await named(
        'a list that inflates to more than 250,000 bytes',
        await bomb(usual),
        'STATUS_LIST_MISMATCH',
      ),
    ],
  )
}

async function common(description: string, cases: readonly VectorCase[]): Promise<VectorFile> {
  const keys = keysOf('root', 'operator', 'node', 'stranger')
  return { description, keys, aco: plain(ACO), certificates: plain(await usualChain()), cases }
}

async function acceptance(
  description: string,
  claims: object,
  bytes: Promise<Uint8Array>,
): Promise<VectorCase> {
  return { description, expect: 'accept', bytes: plain(await bytes), claims: plain(claims) }
}

async function refusal(description: string, bytes: Promise<Uint8Array>, expect: string): Promise<VectorCase> {
  return { description, expect, bytes: plain(await bytes) }
}

function listClaims(): StatusListToken {
  return { subject: statusListSubject(ACO), issuedAt: AT / 1000, list: packStatuses(STORED, STATUSES_LISTED) }
}

function usualList(): Promise<Uint8Array> {
  return sealAny(STATUS_LIST, listClaims(), OPERATOR)
}

function beaconClaims(list: Uint8Array): Beacon {
  return {
    aco: ACO,
    number: 42,
    at: AT + HOUR_MS,
    nextUpdate: AT + 73 * HOUR_MS,
    listHash: portableCrypto.sha256(list),
    revoked: [1],
    statements: 2,
    checkpoint: { size: 6, root: portableCrypto.sha256(new Uint8Array([6])) },
    signer: idOf(OPERATOR),
  }
}

function firstOf(usual: Beacon): Beacon {
  const root = portableCrypto.sha256(new Uint8Array())
  return { ...usual, number: 1, statements: 0, revoked: [], checkpoint: { size: 0, root } }
}

function statementClaims(): Statement {
  return {
    aco: ACO,
    number: 1,
    action: 'revoke',
    keys: [idOf(NODE)],
    reason: 'key-compromise',
    at: AT + HOUR_MS,
    heads: [{ chain: new Uint8Array(16).fill(3), seq: 17, hash: new Uint8Array(32).fill(4) }],
    signer: idOf(OPERATOR),
  }
}

function oneBit(token: StatusListToken): Promise<Uint8Array> {
  const encoded = STATUS_LIST.payload.encode(token) as ReadonlyMap<number, string | number>
  const claim = new Map<string, number | Uint8Array>([
    ['bits', 1],
    ['lst', token.list],
  ])
  return sealRaw(STATUS_LIST.typ, new Map<number, CborValue>([...encoded, [65533, claim]]), OPERATOR)
}

/** 300,000 zeros in some 300 bytes. */
function bomb(token: StatusListToken): Promise<Uint8Array> {
  return sealAny(
    STATUS_LIST,
    { ...token, list: new Uint8Array(deflateSync(new Uint8Array(300_000), { level: 9 })) },
    OPERATOR,
  )
}
