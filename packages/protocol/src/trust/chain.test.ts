import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { codeFrom } from '../../../../test/protocol/code-from.ts'
import {
  BEGIN,
  chainOf,
  claimsOf,
  identityOf,
  type Identity,
  issue,
  NODE,
  OPERATOR,
  ROOT,
} from '../../../../test/protocol/authority.ts'
import { portableCrypto } from '../crypto/index.ts'
import { codeOf } from '../errors.ts'
import { TLP_LABELS } from '../tlp.ts'
import { type Certificate, DUTIES, KINDS, type MeshClaim, ROLES, type Subject } from './certificate.ts'
import { assertValidAt, verifyChain } from './chain.ts'

const REGISTRAR = identityOf(4)
const IMPOSTER = identityOf(9)

describe(verifyChain, () => {
  it('accepts node, operator and root, and gives the node first', async () => {
    const chain = await verifyChain(portableCrypto, await chainOf(), ROOT.keyId)
    expect(chain.map(({ claims }) => claims.mesh.subject)).toEqual(['node', 'operator', 'root'])
  })

  it('accepts a registrar within its scope', async () => {
    const outcome = await outcomeOf([
      [claimsOf('node', NODE, REGISTRAR, { clearance: 'amber', roles: ['mssp'] }), REGISTRAR],
      [claimsOf('registrar', REGISTRAR, ROOT), ROOT],
      [claimsOf('root', ROOT, ROOT), ROOT],
    ])
    expect(outcome).toBe('VERIFIED')
  })

  it('accepts an operator and a root alone', async () => {
    expect(await outcomeOf([[claimsOf('operator', OPERATOR, ROOT), ROOT], root()])).toBe('VERIFIED')
    expect(await outcomeOf([root()])).toBe('VERIFIED')
  })

  test.for<[string, string, readonly Link[]]>([
    ['no certificate', 'CERT_CHAIN_LENGTH', []],
    ['four certificates', 'CERT_CHAIN_LENGTH', [node(), operator(), operator(), root()]],
    ['a chain that ends below the root', 'CERT_ROOT_UNKNOWN', [node(), operator()]],
    ['a node alone', 'CERT_ROOT_UNKNOWN', [node()]],
    [
      'a self-signed imposter root',
      'CERT_ROOT_UNKNOWN',
      [
        [claimsOf('node', NODE, IMPOSTER), IMPOSTER],
        [claimsOf('root', IMPOSTER, IMPOSTER), IMPOSTER],
      ],
    ],
    [
      'an imposter that names the true root as its issuer',
      'CERT_ROOT_UNKNOWN',
      [
        [claimsOf('node', NODE, IMPOSTER), IMPOSTER],
        [claimsOf('root', IMPOSTER, ROOT), IMPOSTER],
      ],
    ],
    [
      "an imposter's certificate of the root's own key",
      'CERT_SIGNATURE_INVALID',
      [node(), operator(), [claimsOf('root', ROOT, ROOT), IMPOSTER]],
    ],
    ['a root below the root', 'CERT_LINK_FORBIDDEN', [[claimsOf('root', OPERATOR, ROOT), ROOT], root()]],
    ['the root twice', 'CERT_LINK_FORBIDDEN', [root(), root()]],
    [
      'an operator signed by an operator',
      'CERT_LINK_FORBIDDEN',
      [[claimsOf('operator', IMPOSTER, OPERATOR), OPERATOR], operator(), root()],
    ],
    [
      'a registrar signed by an operator',
      'CERT_LINK_FORBIDDEN',
      [[claimsOf('registrar', IMPOSTER, OPERATOR), OPERATOR], operator(), root()],
    ],
    [
      'a node signed by a node',
      'CERT_LINK_FORBIDDEN',
      [[claimsOf('node', IMPOSTER, NODE), NODE], [claimsOf('node', NODE, ROOT), ROOT], root()],
    ],
    ['a node signed by the root', 'CERT_LINK_FORBIDDEN', [[claimsOf('node', NODE, ROOT), ROOT], root()]],
    [
      'a node signed by the right key that names another issuer',
      'CERT_ISSUER_MISMATCH',
      [[claimsOf('node', NODE, REGISTRAR), OPERATOR], operator(), root()],
    ],
    [
      'a node signed by another key than it names',
      'CERT_SIGNATURE_INVALID',
      [[claimsOf('node', NODE, OPERATOR), IMPOSTER], operator(), root()],
    ],
    [
      'an operator without the duty to issue',
      'CERT_SCOPE_EXCEEDED',
      [node(), [claimsOf('operator', OPERATOR, ROOT, { duties: ['status', 'log'] }), ROOT], root()],
    ],
    [
      'a registrar that may sign beacons',
      'CERT_SCOPE_EXCEEDED',
      [[claimsOf('registrar', REGISTRAR, ROOT, { duties: ['issue', 'status'] }), ROOT], root()],
    ],
    ['a node with a duty', 'CERT_SCOPE_EXCEEDED', [withNode({ duties: ['log'] }), operator(), root()]],
    [
      'a node of two kinds',
      'CERT_SCOPE_EXCEEDED',
      [withNode({ kinds: ['member', 'expert'] }), operator(), root()],
    ],
    ['a node of no kind', 'CERT_SCOPE_EXCEEDED', [withNode({ kinds: [] }), operator(), root()]],
    ['a node without a status index', 'CERT_SCOPE_EXCEEDED', [withoutIndex(), operator(), root()]],
    [
      'an operator with a status index',
      'CERT_SCOPE_EXCEEDED',
      [[claimsOf('operator', OPERATOR, ROOT, { statusIndex: 1 }), ROOT], root()],
    ],
    [
      'an operator with an encryption key',
      'CERT_SCOPE_EXCEEDED',
      [
        [
          claimsOf('operator', OPERATOR, ROOT, {
            kemKey: { id: new Uint8Array(8), publicKey: new Uint8Array(32) },
          }),
          ROOT,
        ],
        root(),
      ],
    ],
    [
      'a validity that ends as it begins',
      'CERT_SCOPE_EXCEEDED',
      [[claimsOf('node', NODE, OPERATOR, {}, { expiresAt: BEGIN }), OPERATOR], operator(), root()],
    ],
    [
      'a key of small order',
      'CERT_KEY_INVALID',
      [
        [claimsOf('node', NODE, OPERATOR, {}, { publicKey: new Uint8Array(32) }), OPERATOR],
        operator(),
        root(),
      ],
    ],
  ])('refuses %s with %s', async ([, code, links]) => {
    expect(await outcomeOf(links)).toBe(code)
  })

  it('verifies exactly those chains in which no claim is wider than the one above', async () => {
    const claims = fc.record({
      cluster: fc.constantFrom(...Array<string>(9).fill('finance.eu'), 'energy.eu'),
      clearance: fc.constantFrom(...TLP_LABELS),
      kinds: fc.subarray(KINDS.slice(0, 2), { minLength: 1 }),
      roles: fc.subarray(ROLES.slice(2, 4)),
      duties: fc.subarray([...DUTIES]),
    })
    const life = fc.record({
      notBefore: fc.integer({ min: 0, max: 3 }),
      expiresAt: fc.integer({ min: 4, max: 7 }),
    })
    const link = fc.record({ claims, life })
    const seen: string[] = []
    await fc.assert(
      fc.asyncProperty(
        link,
        link,
        fc.constantFrom('operator' as const, 'registrar' as const),
        async (above, below, subject) => {
          const issuer = {
            ...above,
            claims: {
              ...above.claims,
              duties: ['issue' as const, ...above.claims.duties.filter((each) => each !== 'issue')],
            },
          }
          const outcome = await outcomeOf([
            [claimsOf(subject, OPERATOR, ROOT, below.claims, below.life), ROOT],
            [claimsOf('root', ROOT, ROOT, issuer.claims, issuer.life), ROOT],
          ])
          const isNarrow =
            isWithinAll(below, issuer) &&
            (subject !== 'registrar' || below.claims.duties.every((each) => each === 'issue'))
          expect(outcome).toBe(isNarrow ? 'VERIFIED' : 'CERT_SCOPE_EXCEEDED')
          seen.push(outcome)
        },
      ),
      { numRuns: 250 },
    )
    expect(seen.filter((outcome) => outcome === 'VERIFIED').length).toBeGreaterThan(3)
  })

  test.for<[string, Partial<MeshClaim>, Partial<Certificate>]>([
    ['cluster', { cluster: 'energy.eu' }, {}],
    ['clearance', { clearance: 'red' }, {}],
    ['kinds', { kinds: ['expert'] }, {}],
    ['roles', { roles: ['isac'] }, {}],
    ['notBefore', {}, { notBefore: BEGIN - 1 }],
    ['expiresAt', {}, { expiresAt: BEGIN + 91 * 86_400 }],
  ])('refuses a registrar that widens %s', async ([, mesh, over]) => {
    const registrar: Link = [claimsOf('registrar', REGISTRAR, ROOT), ROOT]
    expect(
      await outcomeOf([[claimsOf('node', NODE, REGISTRAR, mesh, over), REGISTRAR], registrar, root()]),
    ).toBe('CERT_SCOPE_EXCEEDED')
  })

  test.for<[string, Partial<MeshClaim>, string]>([
    ['a name with a control character', { name: 'a\nb' }, 'STRUCT_MALFORMED'],
    ['a cluster in capitals', { cluster: 'Finance.EU' }, 'STRUCT_MALFORMED'],
    ['a cluster of one part', { cluster: 'finance' }, 'STRUCT_MALFORMED'],
    ['a status index beyond every list', { statusIndex: 1_000_000 }, 'STRUCT_MALFORMED'],
  ])('nobody issues %s', async ([, mesh, code]) => {
    await expect(issue(claimsOf('node', NODE, OPERATOR, mesh), OPERATOR)).rejects.toMatchObject({ code })
  })
})

describe(assertValidAt, () => {
  const { notBefore, expiresAt } = claimsOf('node', NODE, OPERATOR)
  test.for([
    [notBefore - 1, 'CERT_NOT_YET_VALID'],
    [notBefore, 'NOTHING_THROWN'],
    [expiresAt - 1, 'NOTHING_THROWN'],
    [expiresAt, 'CERT_EXPIRED'],
    [expiresAt + 1, 'CERT_EXPIRED'],
  ] as const)('at %i: %s', ([at, code]) => {
    expect(codeFrom(() => assertValidAt(claimsOf('node', NODE, OPERATOR), at))).toBe(code)
  })
})

type Link = readonly [claims: Certificate, signer: Identity]

interface Drawn {
  readonly claims: Pick<MeshClaim, 'cluster' | 'clearance' | 'kinds' | 'roles' | 'duties'>
  readonly life: Pick<Certificate, 'notBefore' | 'expiresAt'>
}

/** What "only narrows" means, said anew. */
function isWithinAll(below: Drawn, above: Drawn): boolean {
  const holds = (part: readonly string[], whole: readonly string[]): boolean =>
    new Set([...part, ...whole]).size === new Set(whole).size
  return (
    below.claims.cluster === above.claims.cluster &&
    TLP_LABELS.indexOf(below.claims.clearance) <= TLP_LABELS.indexOf(above.claims.clearance) &&
    holds(below.claims.kinds, above.claims.kinds) &&
    holds(below.claims.roles, above.claims.roles) &&
    holds(below.claims.duties, above.claims.duties) &&
    below.life.notBefore >= above.life.notBefore &&
    below.life.expiresAt <= above.life.expiresAt
  )
}

function root(): Link {
  return [claimsOf('root', ROOT, ROOT), ROOT]
}

function operator(): Link {
  return [claimsOf('operator', OPERATOR, ROOT), ROOT]
}

function node(subject: Subject = 'node'): Link {
  return [claimsOf(subject, NODE, OPERATOR), OPERATOR]
}

function withNode(mesh: Partial<MeshClaim>): Link {
  return [claimsOf('node', NODE, OPERATOR, mesh), OPERATOR]
}

function withoutIndex(): Link {
  const claims = claimsOf('node', NODE, OPERATOR)
  const { statusIndex: _, ...mesh } = claims.mesh
  return [{ ...claims, mesh }, OPERATOR]
}

async function outcomeOf(links: readonly Link[]): Promise<string> {
  const encoded = await Promise.all(links.map(([claims, signer]) => issue(claims, signer)))
  try {
    await verifyChain(portableCrypto, encoded, ROOT.keyId)
  } catch (error) {
    return codeOf(error) ?? String(error)
  }
  return 'VERIFIED'
}
