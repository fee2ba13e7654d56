import { encodeHello, MERGE_DELAY_MS, type MembershipHello, utf8Bytes } from '@intelmesh/protocol'
import { afterEach, beforeEach, describe, expect, it, test } from 'vitest'
import { chainOf, NODE, ROOT } from '../../../../test/protocol/authority.ts'
import {
  createTestAco,
  DAY_MS,
  signerNamed,
  type TestAco,
} from '../../../../test/support/authority/test-aco.ts'
import { codeWhen } from '../../../../test/support/authority/test-newcomer.ts'
import { nativeCrypto } from '../crypto/index.ts'
import type { Membership, MembershipVerdict } from '../network/index.ts'
import { createTestNode, type TestNode } from '../testing/test-node.ts'
import { createMembership, peerMaySee } from './membership.ts'
import { openTrust } from './open-trust.ts'

let aco: TestAco
let alice: TestNode
let bob: TestNode

beforeEach(async () => {
  aco = await createTestAco()
  alice = await createTestNode(aco, 'alice')
  bob = await createTestNode(aco, 'bob')
})

afterEach(async () => {
  await alice[Symbol.asyncDispose]()
  await bob[Symbol.asyncDispose]()
  await aco[Symbol.asyncDispose]()
})

describe(createMembership, () => {
  it('admits a member that it has not met, and knows it from then on', async () => {
    expect(alice.trust.standing(bob.node)).toBe('unknown')
    expect(await judged()).toEqual({
      admitted: true,
      peer: {
        node: bob.node,
        certificate: bob.own().id,
        notAfter: bob.own().certificate.claims.expiresAt * 1000,
      },
    })
    expect(alice.trust.standing(bob.node)).toBe('good')
    expect(await judged()).toMatchObject({ admitted: true })
  })

  it('tells nothing to whoever does not hold the certified key, nor keeps what it brought', async () => {
    const verdict = await judged({}, alice.signer.publicKey)
    expect(verdict).toEqual({ admitted: false, code: 'CERT_KEY_MISMATCH', isKnownMember: false })
    expect(alice.trust.standing(bob.node)).toBe('unknown')
  })

  it('tells nothing to a key of its own ACO that certifies no node, nor to a chain of another root', async () => {
    const operator = { chain: bob.trust.roster.chainOf(bob.own()).slice(1) }
    const asOperator = await judged(operator, signerNamed('operator').publicKey)
    expect(asOperator).toEqual({ admitted: false, code: 'CERT_LINK_FORBIDDEN', isKnownMember: false })
    const foreign = await judged({ chain: await chainOf() }, NODE.signer.publicKey)
    expect(foreign).toEqual({ admitted: false, code: 'CERT_ROOT_UNKNOWN', isKnownMember: false })
  })

  it('tells nothing for bytes that are no hello', async () => {
    const verdict = await membershipOf(alice).judge(utf8Bytes('hello'), bob.signer.publicKey)
    expect(verdict).toMatchObject({ admitted: false, isKnownMember: false })
  })

  it('tells a member of another ACO that it knocked at the wrong cluster', async () => {
    const verdict = await judged({ aco: ROOT.keyId, chain: await chainOf() }, NODE.signer.publicKey)
    expect(verdict).toEqual({ admitted: false, code: 'CERT_CLUSTER_MISMATCH', isKnownMember: true })
  })

  test.each([
    ['CERT_REVOKED', () => aco.authority.act({ action: 'revoke', who: 'bob', reason: 'ceased' })],
    ['CERT_SUSPENDED', () => aco.authority.act({ action: 'suspend', who: 'bob', reason: 'inactive' })],
    ['CERT_EXPIRED', async () => (alice.skewMs = 14 * DAY_MS)],
    ['CERT_NOT_YET_VALID', async () => (alice.skewMs = -14 * DAY_MS)],
  ] as const)('tells a member %s', async (code, happen) => {
    const hello = await membershipOf(bob).hello()
    await alice.hear()
    await happen()
    await alice.hear()
    const verdict = await membershipOf(alice).judge(encodeHello(hello), bob.signer.publicKey)
    expect(verdict).toEqual({ admitted: false, code, isKnownMember: true })
  })

  it('learns of a revocation from the newer beacon of whoever comes', async () => {
    await judged()
    await aco.authority.act({ action: 'revoke', who: 'bob', reason: 'key-compromise' })
    const carol = await createTestNode(aco, 'carol')
    expect(await judged({}, undefined, carol)).toMatchObject({ admitted: true })
    await carol[Symbol.asyncDispose]()
    expect(alice.trust.standing(bob.node)).toBe('revoked')
    expect(await judged()).toMatchObject({ code: 'CERT_REVOKED', isKnownMember: true })
  })

  it('wants a newcomer that was certified long ago proven to be in the log', async () => {
    aco.now += MERGE_DELAY_MS
    await aco.authority.beat()
    await bob.hear()
    const hello = await membershipOf(bob).hello()
    expect(hello.proof).toBeDefined()
    const { proof: _, ...unproven } = hello
    const judge = (each: MembershipHello): Promise<MembershipVerdict> =>
      membershipOf(alice).judge(encodeHello(each), bob.signer.publicKey)
    expect(await judge(unproven)).toEqual({ admitted: false, code: 'CERT_NOT_LOGGED', isKnownMember: true })
    expect(await judge({ ...unproven, proof: { size: 1, index: 0, path: [] } })).toMatchObject({
      code: 'CERT_NOT_LOGGED',
    })
    expect(await judge(hello)).toMatchObject({ admitted: true })
    expect(await judge(unproven)).toMatchObject({ admitted: true })
  })

  it('goes on with known members while its ACO is silent, and takes no newcomer', async () => {
    await judged()
    const carol = await createTestNode(aco, 'carol')
    alice.skewMs = 4 * DAY_MS
    expect(await judged()).toMatchObject({ admitted: true })
    expect(await judged({}, undefined, carol)).toEqual({
      admitted: false,
      code: 'STATUS_STALE',
      isKnownMember: true,
    })
    await carol[Symbol.asyncDispose]()
  })

  it('finds a version that it can speak among those offered', async () => {
    expect(await judged({ versions: [1, 99] })).toMatchObject({ admitted: true })
    expect(alice.trust.upgradeNeeded).toBe(false)
    expect(await judged({ versions: [99] })).toMatchObject({ code: 'VERSION_MISMATCH' })
    expect(alice.trust.upgradeNeeded).toBe(true)
  })

  it('has no hello before a beacon has come', async () => {
    await using carol = await createTestNode(aco, 'carol')
    await carol.store.commit({ controlRemoved: ['beacon'] }, { sync: false })
    const root = carol.trust.roster.root.certificate.bytes
    const components = { store: carol.store, crypto: nativeCrypto, clock: () => aco.now }
    carol.trust = await openTrust(components, root)
    expect(carol.trust.staleness()).toBe(1)
    expect(await codeWhen(membershipOf(carol).hello())).toBe('STATUS_STALE')
  })
})

describe(peerMaySee, () => {
  it('opens to a peer what its clearance reaches, while it stands well', async () => {
    const dave = await createTestNode(aco, 'dave', { clearance: 'clear' })
    await dave[Symbol.asyncDispose]()
    await alice.hear()
    const seen = (node: string): readonly boolean[] =>
      (['control', 'clear', 'green'] as const).map((compartment) =>
        membershipOf(alice).maySee(node, compartment),
      )
    expect(seen(bob.node)).toEqual([true, true, true])
    expect(seen(dave.node)).toEqual([true, true, false])
    expect(seen('00'.repeat(32))).toEqual([false, false, false])
    await aco.authority.act({ action: 'suspend', who: 'bob', reason: 'inactive' })
    await alice.hear()
    expect(seen(bob.node)).toEqual([false, false, false])
    expect(peerMaySee(alice.trust, aco.now, dave.node, 'clear')).toBe(true)
  })
})

function membershipOf({ trust, own, skewMs }: TestNode): Membership {
  return createMembership({ trust, own, crypto: nativeCrypto, clock: () => aco.now + skewMs })
}

/** What alice makes of a peer's hello, changed by `over`. */
async function judged(
  over: Partial<MembershipHello> = {},
  provenKey?: Uint8Array,
  peer = bob,
): Promise<MembershipVerdict> {
  const hello = { ...(await membershipOf(peer).hello()), ...over }
  return membershipOf(alice).judge(encodeHello(hello), provenKey ?? peer.signer.publicKey)
}
