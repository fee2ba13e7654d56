import { fromBase64url, toBase64url, toHex } from '@intelmesh/protocol'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { installFile, requestFile } from '../joining/index.ts'
import { openAuthority } from './open-authority.ts'
import {
  createTestAco,
  DAY_MS,
  kemNamed,
  memberCalled,
  signerNamed,
  type TestAco,
} from '../../../../test/support/authority/test-aco.ts'
import {
  codeWhen,
  enrolled,
  openMembership,
  taggedBy,
} from '../../../../test/support/authority/test-newcomer.ts'

let aco: TestAco

beforeEach(async () => {
  aco = await createTestAco()
})

afterEach(() => aco[Symbol.asyncDispose]())

describe(openAuthority, () => {
  it('lets a second node join an organisation, and no stranger take its name', async () => {
    const { invite: first } = await enrolled(aco, 'alice')
    expect(await codeWhen(aco.authority.invite(memberCalled('ALICE')))).toBe('ORGANISATION_NAME_TAKEN')
    expect(
      await codeWhen(aco.authority.invite(memberCalled('alice', { organisation: '00'.repeat(16) }))),
    ).toBe('ORGANISATION_UNKNOWN')
    const { invite } = await aco.authority.invite(memberCalled('alice', { organisation: first.organisation }))
    const membership = await openMembership(aco, 'alice 2', invite)
    expect(toHex(membership.chain[0].claims.mesh.organisation)).toBe(first.organisation)
    expect(membership.chain[0].claims.mesh.statusIndex).toBe(2)
  })

  it('frees a name whose invite nobody used', async () => {
    await aco.authority.invite(memberCalled('alice'))
    expect(await codeWhen(aco.authority.invite(memberCalled('alice')))).toBe('ORGANISATION_NAME_TAKEN')
    aco.now += 4 * DAY_MS
    expect(await codeWhen(aco.authority.invite(memberCalled('alice')))).toBe('no error')
  })

  it('never certifies a key for two organisations, or one that was revoked', async () => {
    const { membership } = await enrolled(aco, 'alice')
    const { invite } = await aco.authority.invite(memberCalled('bob'))
    expect(await codeWhen(aco.authority.enrol(await taggedBy(aco, 'alice', invite)))).toBe(
      'KEY_NOT_CERTIFIABLE',
    )
    await aco.authority.act({ action: 'revoke', who: 'alice', reason: 'ceased' })
    const organisation = toHex(membership.chain[0].claims.mesh.organisation)
    const again = await aco.authority.invite(memberCalled('alice', { organisation }))
    expect(await codeWhen(aco.authority.enrol(await taggedBy(aco, 'alice', again.invite)))).toBe(
      'KEY_NOT_CERTIFIABLE',
    )
  })

  it('grants nothing beyond its own certificate or its own name', async () => {
    expect(await codeWhen(aco.authority.invite(memberCalled('alice', { roles: ['aco'] })))).toBe(
      'ARGUMENT_INVALID',
    )
    expect(await codeWhen(aco.authority.invite(memberCalled('alice', { days: 0 })))).toBe('ARGUMENT_INVALID')
    expect(await codeWhen(aco.authority.invite(memberCalled('alice', { days: Number.NaN })))).toBe(
      'ARGUMENT_INVALID',
    )
    for (const name of ['', ' alice', 'a\u202Ee', 'x'.repeat(101)]) {
      expect(await codeWhen(aco.authority.invite(memberCalled(name))), JSON.stringify(name)).toBe(
        'ARGUMENT_INVALID',
      )
    }
  })

  it('issues to a request file what it is told to grant', async () => {
    const newcomer = { signer: signerNamed('offline'), kemKey: kemNamed('offline').key, clock: () => aco.now }
    const request = toBase64url(await requestFile(newcomer, 'Offline Ltd'))
    const result = await aco.authority.issue({
      request,
      grant: memberCalled('Offline Limited', { days: 30 }),
    })
    const membership = await installFile(fromBase64url(result.reply), { ...newcomer, aco: aco.authority.aco })
    expect(membership.chain[0].claims.mesh.name).toBe('Offline Limited')
    const others = { ...newcomer, aco: new Uint8Array(32) }
    expect(await codeWhen(installFile(fromBase64url(result.reply), others))).toBe('CERT_ROOT_UNKNOWN')
    expect(await codeWhen(aco.authority.issue({ request }))).toBe('ARGUMENT_INVALID')
    expect(await codeWhen(aco.authority.issue({ request: '***', grant: memberCalled('x') }))).toBe(
      'REQUEST_MALFORMED',
    )
  })

  it('never outlives the operator, and stops when the operator has expired', async () => {
    aco.now += 360 * DAY_MS
    const { membership } = await enrolled(aco, 'alice')
    const [own, operator] = membership.chain
    expect(own.claims.expiresAt).toBe(operator?.claims.expiresAt)
    expect(aco.authority.operatorDaysLeft()).toBeCloseTo(5)
    aco.now += 6 * DAY_MS
    const { invite } = await aco.authority.invite(memberCalled('bob'))
    expect(await codeWhen(aco.authority.enrol(await taggedBy(aco, 'bob', invite)))).toBe('OPERATOR_EXPIRED')
    await aco.authority.renewOperator(aco.root, 365)
    const after = await openMembership(aco, 'bob', invite)
    expect(after.chain[0].claims.mesh.name).toBe('bob')
  })
})
