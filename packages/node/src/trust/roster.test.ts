import { parseSign1, CERTIFICATE, toHex } from '@intelmesh/protocol'
import { beforeEach, describe, expect, it } from 'vitest'
import {
  chainOf,
  claimsOf,
  identityOf,
  issue,
  NODE,
  OPERATOR,
  ROOT,
} from '../../../../test/protocol/authority.ts'
import { codeWhen } from '../../../../test/support/authority/test-newcomer.ts'
import { nativeCrypto } from '../crypto/index.ts'
import { createRoster, type Roster } from './roster.ts'

const DAY = 86_400

let node: Uint8Array
let operator: Uint8Array
let root: Uint8Array
let roster: Roster

beforeEach(async () => {
  ;[node, operator, root] = await chainOf()
  roster = await createRoster(nativeCrypto, root)
})

describe(createRoster, () => {
  it('trusts no root whose own signature does not hold, and no other subject', async () => {
    const forged = root.slice()
    forged[forged.length - 1] = (forged[forged.length - 1] ?? 0) ^ 1
    expect(await codeWhen(createRoster(nativeCrypto, forged))).not.toBe('no error')
    expect(await codeWhen(createRoster(nativeCrypto, operator))).not.toBe('no error')
    expect(await codeWhen(createRoster(nativeCrypto, new Uint8Array(3)))).not.toBe('no error')
  })

  it('knows its root, and nothing else at first', () => {
    expect([...roster.all()]).toEqual([roster.root])
    expect(roster.byId(roster.root.id)).toBe(roster.root)
    expect(roster.ofKey(toHex(ROOT.keyId))).toEqual([roster.root])
    expect(roster.ofKey(toHex(NODE.keyId))).toEqual([])
    expect(roster.chainOf(roster.root)).toEqual([root])
  })

  it('waits for the issuer, and takes both in order', async () => {
    expect(await codeWhen(roster.add(node))).toBe('CERT_UNKNOWN')
    expect(roster.ofKey(toHex(NODE.keyId))).toEqual([])
    await roster.add(operator)
    const known = await roster.add(node)
    expect(known.keyId).toBe(toHex(NODE.keyId))
    expect(roster.byId(known.id)).toBe(known)
    expect(roster.ofOrganisation(toHex(known.certificate.claims.mesh.organisation))).toEqual([known])
    expect(roster.chainOf(known)).toEqual([node, operator, root])
    expect(await roster.add(node)).toBe(known)
    expect([...roster.all()]).toHaveLength(3)
  })

  it('verifies without remembering', async () => {
    await roster.add(operator)
    const known = await roster.verify(node)
    expect(roster.byId(known.id)).toBeUndefined()
    expect([...roster.all()]).toHaveLength(2)
  })

  it('takes nothing that its issuer did not sign, or may not have issued', async () => {
    await roster.add(operator)
    const thief = identityOf(9)
    expect(await codeWhen(roster.add(await issue(claimsOf('node', NODE, OPERATOR), thief)))).toBe(
      'CERT_SIGNATURE_INVALID',
    )
    await roster.add(node)
    const below = await issue(claimsOf('node', thief, NODE), NODE)
    expect(await codeWhen(roster.add(below))).toBe('CERT_LINK_FORBIDDEN')
    const wide = await issue(claimsOf('node', thief, OPERATOR, { roles: ['aco'] }), OPERATOR)
    expect(await codeWhen(roster.add(wide))).toBe('CERT_SCOPE_EXCEEDED')
    expect(await codeWhen(roster.add(new Uint8Array(9)))).not.toBe('no error')
    expect([...roster.all()]).toHaveLength(3)
  })

  it('knows no second root', async () => {
    const other = identityOf(8)
    const twin = await issue(claimsOf('root', other, other), other)
    expect(await codeWhen(roster.add(twin))).toBe('CERT_UNKNOWN')
  })

  it('gives the certificate of a key first that ends last, whatever the order in which they came', async () => {
    await roster.add(operator)
    const claims = claimsOf('node', NODE, OPERATOR)
    const later = await issue({ ...claims, expiresAt: claims.expiresAt + DAY }, OPERATOR)
    const sooner = await issue({ ...claims, expiresAt: claims.expiresAt - DAY }, OPERATOR)
    for (const bytes of [node, later, sooner]) await roster.add(bytes)
    const held = roster.ofKey(toHex(NODE.keyId)).map(({ certificate }) => certificate.bytes)
    expect(held).toEqual([later, node, sooner])
    const { organisation } = parseSign1(CERTIFICATE, node).claims.mesh
    expect(roster.ofOrganisation(toHex(organisation))).toHaveLength(3)
  })

  it('judges and shows each certificate by that of its issuer which covers it', async () => {
    const claims = claimsOf('operator', OPERATOR, ROOT)
    const renewed = await issue(
      { ...claims, notBefore: claims.notBefore + 300 * DAY, expiresAt: claims.expiresAt + 300 * DAY },
      ROOT,
    )
    const late = claimsOf('node', NODE, OPERATOR)
    const after = await issue(
      { ...late, notBefore: late.notBefore + 360 * DAY, expiresAt: late.notBefore + 370 * DAY },
      OPERATOR,
    )
    await roster.add(operator)
    expect(await codeWhen(roster.add(after))).toBe('CERT_SCOPE_EXCEEDED')
    await roster.add(renewed)
    expect(roster.chainOf(await roster.add(after))).toEqual([after, renewed, root])
    expect(roster.chainOf(await roster.add(node))).toEqual([node, operator, root])
  })
})
