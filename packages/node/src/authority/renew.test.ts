import { RENEWAL_GRACE_MS, sealRenewal, toHex } from '@intelmesh/protocol'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Membership, renewAt } from '../joining/index.ts'
import { createNonceBook } from './nonces.ts'
import { renew } from './renew.ts'
import {
  createTestAco,
  DAY_MS,
  judge,
  kemNamed,
  seededRandom,
  signerNamed,
  type TestAco,
} from '../../../../test/support/authority/test-aco.ts'
import { codeWhen, enrolled } from '../../../../test/support/authority/test-newcomer.ts'

let aco: TestAco
let membership: Membership

beforeEach(async () => {
  aco = await createTestAco()
  membership = (await enrolled(aco, 'alice')).membership
})

afterEach(() => aco[Symbol.asyncDispose]())

describe(renew, () => {
  it('gives the same key the next certificate: same index and claims, fresh KEM key', async () => {
    aco.now += 7 * DAY_MS
    const next = await renewed()
    const [before, after] = [membership.chain[0].claims, next.chain[0].claims]
    expect(after.publicKey).toEqual(before.publicKey)
    expect(after.mesh).toEqual({ ...before.mesh, kemKey: kemNamed('alice next').key })
    expect(after.expiresAt - before.expiresAt).toBe((7 * DAY_MS) / 1000)
    const listed = (await aco.authority.list()).find(({ organisation }) => organisation.name === 'alice')
    expect(listed?.certificate).toBe(toHex(judge.sha256(next.chain[0].bytes)))
  })

  it('works with the certificate before last, whose successor was lost on the way', async () => {
    aco.now += 7 * DAY_MS
    await renewed()
    aco.now += DAY_MS
    expect((await renewed()).chain[0].claims.mesh.statusIndex).toBe(1)
  })

  it('goes on for 30 days after expiry, and no longer', async () => {
    aco.now = membership.chain[0].claims.expiresAt * 1000 + RENEWAL_GRACE_MS
    await aco.authority.beat()
    expect(await codeWhen(renewed())).toBe('no error')
    aco.now += 14 * DAY_MS + RENEWAL_GRACE_MS + 1000
    expect(await codeWhen(renewed())).toBe('RENEWAL_REFUSED')
  })

  it('refuses who is revoked, suspended or has lapsed', async () => {
    aco.now += DAY_MS
    await aco.authority.act({ action: 'suspend', who: 'alice', reason: 'unspecified' })
    expect(await codeWhen(renewed())).toBe('RENEWAL_REFUSED')
    await aco.authority.act({ action: 'reinstate', who: 'alice', reason: 'unspecified' })
    await renewed()
    await aco.authority.act({ action: 'revoke', who: 'alice', reason: 'ceased' })
    aco.now += DAY_MS
    expect(await codeWhen(renewed())).toBe('RENEWAL_REFUSED')
  })

  it('refuses a nonce that it did not give, that is old, or that was used', async () => {
    aco.now += DAY_MS
    const certificate = membership.chain[0].bytes
    expect(await codeWhen(renewedOver(new Uint8Array(16)))).toBe('NONCE_UNKNOWN')
    const old = aco.authority.renewalNonce()
    aco.now += 300_000
    expect(await codeWhen(renewedOver(old))).toBe('NONCE_UNKNOWN')
    const renewal = await renewalOver(aco.authority.renewalNonce())
    expect(await codeWhen(aco.authority.renew(renewal, certificate))).toBe('no error')
    aco.now += 120_000
    expect(await codeWhen(aco.authority.renew(renewal, certificate))).toBe('NONCE_UNKNOWN')
  })

  it('refuses a renewal by another key, and does not use the nonce up for it', async () => {
    aco.now += DAY_MS
    const nonce = aco.authority.renewalNonce()
    const forged = await renewalOver(nonce, 'mallory')
    const certificate = membership.chain[0].bytes
    expect(await codeWhen(aco.authority.renew(forged, certificate))).toBe('COSE_SIGNATURE_INVALID')
    expect(await codeWhen(aco.authority.renew(await renewalOver(nonce), certificate))).toBe('no error')
  })

  it('refuses a certificate that this ACO did not issue, and one too soon after the last', async () => {
    const [own, operator] = membership.chain
    expect(await codeWhen(renewed())).toBe('RENEWAL_REFUSED')
    aco.now += DAY_MS
    const renewal = await renewalOver(aco.authority.renewalNonce())
    const forged = own.bytes.with(own.bytes.length - 1, (own.bytes.at(-1) as number) ^ 1)
    expect(await codeWhen(aco.authority.renew(renewal, forged))).toBe('CERT_SIGNATURE_INVALID')
    expect(await codeWhen(aco.authority.renew(renewal, operator?.bytes as Uint8Array))).toBe(
      'CERT_ISSUER_MISMATCH',
    )
  })

  it('lets a key lapse that did not renew, closes its chains, and never takes it back', async () => {
    aco.now = membership.chain[0].claims.expiresAt * 1000 + RENEWAL_GRACE_MS + 1
    await aco.authority.beat()
    expect(aco.statements().map(({ claims }) => claims.action)).toEqual(['lapse'])
    const standings = (await aco.authority.list()).map(({ standing }) => standing)
    expect(standings.toSorted()).toEqual(['active', 'lapsed'])
    expect(await codeWhen(renewed())).toBe('RENEWAL_REFUSED')
    await aco.authority.beat()
    expect(aco.statements()).toHaveLength(1)
  })
})

describe(createNonceBook, () => {
  it('keeps a bounded number, the newest', () => {
    const book = createNonceBook({ clock: () => 0, random: seededRandom('nonces') })
    const nonces = Array.from({ length: 4097 }, () => book.give())
    expect(nonces.filter((nonce) => book.has(nonce))).toHaveLength(4096)
    expect(book.has(nonces[0] as Uint8Array)).toBe(false)
  })
})

function renewed(): Promise<Membership> {
  const { authority } = aco
  return renewAt(
    {
      signer: signerNamed('alice'),
      kemKey: kemNamed('alice next').key,
      clock: () => aco.now,
      aco: membership.aco,
      certificate: membership.chain[0].bytes,
    },
    {
      nonce: async () => authority.renewalNonce(),
      renew: (renewal, certificate) => authority.renew(renewal, certificate),
    },
  )
}

async function renewedOver(nonce: Uint8Array): Promise<Uint8Array> {
  return aco.authority.renew(await renewalOver(nonce), membership.chain[0].bytes)
}

function renewalOver(nonce: Uint8Array, name = 'alice'): Promise<Uint8Array> {
  const certificate = judge.sha256(membership.chain[0].bytes)
  const claims = { nonce, certificate, kemKey: kemNamed('alice next').key, at: aco.now }
  return sealRenewal(claims, signerNamed(name))
}
