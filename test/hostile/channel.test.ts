import { randomBytes } from 'node:crypto'
import { createAco } from '@intelmesh/node'
import { keyIdOf, type MembershipHello, portableCrypto, publicKeyOf, toHex } from '@intelmesh/protocol'
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest'
import { codesOf, laySiege, type Siege } from '../support/attack.ts'
import { startAttacker } from '../support/attacker.ts'
import { eventually } from '../support/eventually.ts'
import { type Author, certify, type CertificateDraft, readAuthor } from '../support/forge.ts'

const HOUR = 3600

let siege: Siege
let home: string
beforeAll(async () => {
  siege = await laySiege()
  home = await siege.mesh.enrol({ name: 'mallory' })
})
afterAll(() => siege?.[Symbol.asyncDispose]())

/** What a dialler shows, and the code that it is told; `NOT_ADMITTED` where it has shown no membership that could be told about. */
const CASES: readonly (readonly [what: string, told: string, noted: string, draft: () => Promise<Shown>])[] =
  [
    [
      'an expired certificate',
      'CERT_EXPIRED',
      'CERT_EXPIRED',
      () => underOperator({ claims: { notBefore: now() - 2 * HOUR, expiresAt: now() - HOUR } }),
    ],
    [
      'a certificate that is not valid yet',
      'CERT_NOT_YET_VALID',
      'CERT_NOT_YET_VALID',
      () => underOperator({ claims: { notBefore: now() + HOUR, expiresAt: now() + 2 * HOUR } }),
    ],
    [
      'a certificate of another cluster under the same ACO',
      'NOT_ADMITTED',
      'CERT_SCOPE_EXCEEDED',
      () => underOperator({ mesh: { cluster: 'energy.eu' } }),
    ],
    ['a clearance that its issuer has not', 'NOT_ADMITTED', 'CERT_SCOPE_EXCEEDED', widerThanIssuer],
    [
      'an old certificate that is in no log',
      'CERT_NOT_LOGGED',
      'CERT_NOT_LOGGED',
      () => underOperator({ claims: { issuedAt: now() - 48 * HOUR, notBefore: now() - 40 * HOUR } }),
    ],
    [
      'a certificate of another key than its own',
      'NOT_ADMITTED',
      'CERT_KEY_MISMATCH',
      async () => ({ ...(await underOperator({})), secretKey: randomBytes(32) }),
    ],
    ['a certificate by a member', 'NOT_ADMITTED', 'CERT_LINK_FORBIDDEN', byMember],
    ['a chain of four', 'NOT_ADMITTED', 'STRUCT_MALFORMED', chainOfFour],
    ['versions that nobody here speaks', 'VERSION_MISMATCH', 'VERSION_MISMATCH', laterVersions],
  ]

describe('a dialler', () => {
  test.for(CASES)('with %s is told %s', async ([, told, noted, draft]) => {
    const { secretKey, hello } = await draft()
    expect(await refusalOf({ secretKey, hello })).toBe(told)
    await eventually(async () => expect(await refusalsOf(secretKey)).toContain(noted))
    expect(await isPeer(secretKey)).toBe(false)
  })

  it('of another ACO is told that this is another cluster', async () => {
    const other = siege.mesh.home('energy')
    await createAco({
      home: other,
      settings: {},
      protection: { kind: 'plain' },
      name: 'Energy ACO',
      cluster: 'energy.eu',
    })
    const victim = siege.victim.addresses[0] as string
    await expect(startAttacker({ home: other, victim })).rejects.toMatchObject({
      code: 'CERT_CLUSTER_MISMATCH',
    })
  })

  it('that is revoked is cut off at once, and told so when it comes back', async () => {
    const { mesh, victim } = siege
    const revoked = await mesh.enrol({ name: 'revoked' })
    await using attacker = await startAttacker({ home: revoked, victim: victim.addresses[0] as string })
    await mesh.aco.api.aco.act({ action: 'revoke', who: 'revoked', reason: 'key-compromise' })
    await eventually(() => expect(attacker.isConnected).toBe(false))
    await expect(
      startAttacker({ home: revoked, victim: victim.addresses[0] as string }),
    ).rejects.toMatchObject({ code: 'CERT_REVOKED' })
  })

  it('of a later version makes the status say that an upgrade is needed', async () => {
    const { mesh } = siege
    await mesh.enrol({ name: 'old' })
    const old = await mesh.start('old')
    expect((await old.api.status()).upgradeNeeded).toBe(false)
    const draft = { home, victim: old.addresses[0] as string, hello: { versions: [2] } }
    await expect(startAttacker(draft)).rejects.toMatchObject({ code: 'VERSION_MISMATCH' })
    expect((await old.api.status()).upgradeNeeded).toBe(true)
    const diagnosis = (await old.api.doctor()).find(({ check }) => check === 'version')
    expect(diagnosis?.state).toBe('warning')
    await mesh.stop('old')
  })
})

interface Shown {
  readonly secretKey: Uint8Array
  readonly hello: Partial<MembershipHello>
}

function now(): number {
  return Math.floor(Date.now() / 1000)
}

async function refusalOf({ secretKey, hello }: Shown): Promise<string> {
  try {
    await using _attacker = await startAttacker({
      home,
      victim: siege.victim.addresses[0] as string,
      secretKey,
      hello,
    })
    return 'admitted'
  } catch (error) {
    return (error as { readonly code: string }).code
  }
}

async function refusalsOf(secretKey: Uint8Array): Promise<readonly string[]> {
  return codesOf(siege.victim, nodeOf(secretKey))
}

async function isPeer(secretKey: Uint8Array): Promise<boolean> {
  return (await siege.victim.api.peers()).some(({ node }) => node === nodeOf(secretKey))
}

function nodeOf(secretKey: Uint8Array): string {
  return toHex(keyIdOf(portableCrypto, publicKeyOf(secretKey)))
}

/** A certificate that the operator signs whatever it says, shown by the key that it certifies. */
async function underOperator(draft: CertificateDraft): Promise<Shown> {
  return shownUnder(siege.aco.operator, draft)
}

async function shownUnder(issuer: Author, draft: CertificateDraft): Promise<Shown> {
  const secretKey = randomBytes(32)
  const { certificate } = await certify(issuer, { ...draft, secretKey })
  return { secretKey, hello: { chain: [certificate, issuer.certificate, siege.aco.root.certificate] } }
}

async function widerThanIssuer(): Promise<Shown> {
  const registrar = await certify(siege.aco.root, {
    mesh: { subject: 'registrar', duties: ['issue'], clearance: 'clear' },
  })
  return shownUnder(registrar, { mesh: { clearance: 'green' } })
}

async function byMember(): Promise<Shown> {
  return shownUnder(await readAuthor(home), {})
}

async function chainOfFour(): Promise<Shown> {
  const { secretKey, hello } = await byMember()
  const [certificate, member] = hello.chain as [Uint8Array, Uint8Array]
  return {
    secretKey,
    hello: { chain: [certificate, member, siege.aco.operator.certificate, siege.aco.root.certificate] },
  }
}

async function laterVersions(): Promise<Shown> {
  const { secretKey, hello } = await underOperator({})
  return { secretKey, hello: { ...hello, versions: [3, 2] } }
}
