import {
  codeOf,
  encodeCbor,
  parseInvite,
  sealRequest,
  splitTagged,
  tagRequest,
  toHex,
  untagReply,
} from '@intelmesh/protocol'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { acceptMaterial } from '../joining/index.ts'
import { enrol } from './enrol.ts'
import {
  createTestAco,
  DAY_MS,
  judge,
  kemNamed,
  memberCalled,
  signerNamed,
  type TestAco,
} from '../../../../test/support/authority/test-aco.ts'
import {
  codeWhen,
  enrolled,
  openMembership,
  openReply,
  requestBy,
  taggedBy,
} from '../../../../test/support/authority/test-newcomer.ts'

let aco: TestAco

beforeEach(async () => {
  aco = await createTestAco()
})

afterEach(() => aco[Symbol.asyncDispose]())

describe(enrol, () => {
  it('certifies the key that asks, on disk and announced', async () => {
    const { membership, invite } = await enrolled(aco, 'alice')
    const claims = membership.chain[0].claims
    expect(claims.publicKey).toEqual(signerNamed('alice').publicKey)
    expect(claims.mesh).toMatchObject({
      name: 'alice',
      subject: 'node',
      statusIndex: 1,
      clearance: 'amber',
      roles: [],
    })
    expect(toHex(claims.mesh.organisation)).toBe(invite.organisation)
    expect(claims.expiresAt - claims.issuedAt).toBe((14 * DAY_MS) / 1000)
    expect(aco.announced.map(({ kind }) => kind)).toEqual(['certificate', 'beacon'])
    const member = (await aco.authority.list()).find(({ organisation }) => organisation.name === 'alice')
    expect(member?.standing).toBe('active')
    const id = toHex(judge.sha256(membership.chain[0].bytes))
    expect((await aco.store.control(id))?.bytes).toEqual(membership.chain[0].bytes)
  })

  it('gives the same key the same reply, byte for byte, over restarts and after expiry', async () => {
    const { invite } = await aco.authority.invite(memberCalled('alice'))
    const tagged = await taggedBy(aco, 'alice', invite)
    const first = await aco.authority.enrol(tagged)
    const announced = aco.announced.length
    await aco.restart()
    aco.now += 100 * DAY_MS
    expect(await aco.authority.enrol(tagged)).toEqual(first)
    expect(aco.announced).toHaveLength(announced)
    expect((await aco.authority.requests())[0]?.state).toBe('used')
  })

  it('gives the same key that asks anew the same certificate under a new tag', async () => {
    const { invite } = await aco.authority.invite(memberCalled('alice'))
    const first = await openReply(aco, invite, await taggedBy(aco, 'alice', invite))
    const second = await openReply(aco, invite, await taggedBy(aco, 'alice', invite, 'another name'))
    expect(second).toEqual(first)
  })

  it('issues once when one request comes many times at once', async () => {
    const { invite } = await aco.authority.invite(memberCalled('alice'))
    const tagged = await taggedBy(aco, 'alice', invite)
    const replies = await Promise.all(Array.from({ length: 8 }, () => aco.authority.enrol(tagged)))
    expect(new Set(replies.map((reply) => JSON.stringify(reply))).size).toBe(1)
    expect(aco.announced.filter(({ kind }) => kind === 'certificate')).toHaveLength(1)
  })

  it('refuses another key with a used invite, and raises an alarm that stays', async () => {
    const { invite } = await aco.authority.invite(memberCalled('alice'))
    await aco.authority.enrol(await taggedBy(aco, 'alice', invite))
    expect(await codeWhen(aco.authority.enrol(await taggedBy(aco, 'mallory', invite)))).toBe('INVITE_USED')
    await aco.restart()
    expect((await aco.authority.requests())[0]?.state).toBe('alarm')
    expect(await aco.authority.list()).toHaveLength(2)
  })

  it('refuses an expired invite', async () => {
    const { invite } = await aco.authority.invite(memberCalled('alice'))
    aco.now += 3 * DAY_MS
    expect(await codeWhen(aco.authority.enrol(await taggedBy(aco, 'alice', invite)))).toBe('INVITE_EXPIRED')
    expect((await aco.authority.requests())[0]?.state).toBe('expired')
  })

  it('refuses an invite that it never made, and one of another ACO', async () => {
    const { invite } = await aco.authority.invite(memberCalled('alice'))
    const parsed = parseInvite(judge, invite)
    const unknown = { ...parsed, id: new Uint8Array(16) }
    const request = await requestBy(aco, 'alice', { invite: unknown.id })
    expect(await codeWhen(aco.authority.enrol(tagRequest(unknown, request)))).toBe('INVITE_UNKNOWN')
    const foreign = { ...parsed, aco: new Uint8Array(32) }
    const own = await requestBy(aco, 'alice', { invite: parsed.id })
    expect(await codeWhen(aco.authority.enrol(tagRequest(foreign, own)))).toBe('REQUEST_TAG_INVALID')
  })

  it('refuses a request that was changed anywhere', async () => {
    const { invite } = await aco.authority.invite(memberCalled('alice'))
    const tagged = await taggedBy(aco, 'alice', invite)
    for (let i = 0; i < tagged.length; i += 7) {
      const changed = tagged.with(i, (tagged[i] as number) ^ 1)
      expect(await codeWhen(aco.authority.enrol(changed)), `byte ${i}`).toMatch(
        /^(REQUEST_MALFORMED|REQUEST_TAG_INVALID|REQUEST_SIGNATURE_INVALID|INVITE_UNKNOWN)$/,
      )
    }
    expect((await aco.authority.requests())[0]?.state).toBe('open')
  })

  it('refuses a request that is signed by another key than it wants certified', async () => {
    const { invite } = await aco.authority.invite(memberCalled('alice'))
    const parsed = parseInvite(judge, invite)
    const claims = {
      invite: parsed.id,
      publicKey: signerNamed('alice').publicKey,
      kemKey: kemNamed('alice').key,
      at: aco.now,
    }
    const request = await sealRequest(claims, signerNamed('mallory'))
    expect(await codeWhen(aco.authority.enrol(tagRequest(parsed, request)))).toBe('REQUEST_SIGNATURE_INVALID')
  })

  it('refuses what is no tagged request', async () => {
    const garbage = [
      new Uint8Array(),
      encodeCbor([]),
      encodeCbor(['a', 'b']),
      new Uint8Array(3000).fill(0x81),
    ]
    for (const bytes of garbage) {
      expect(await codeWhen(aco.authority.enrol(bytes)), toHex(bytes.subarray(0, 8))).toBe(
        'REQUEST_MALFORMED',
      )
    }
  })

  it('waits for confirmation, binds the first key, and issues when told to', async () => {
    const { invite, id } = await aco.authority.invite(memberCalled('alice', { confirm: true }))
    const tagged = await taggedBy(aco, 'alice', invite)
    expect(await aco.authority.enrol(tagged)).toEqual({ status: 'pending' })
    expect(await codeWhen(aco.authority.enrol(await taggedBy(aco, 'mallory', invite)))).toBe('INVITE_USED')
    await aco.restart()
    expect(await aco.authority.enrol(tagged)).toEqual({ status: 'pending' })
    const result = await aco.authority.issue({ invite: id })
    const membership = await openMembership(aco, 'alice', invite)
    expect(result.certificate).toBe(toHex(judge.sha256(membership.chain[0].bytes)))
    expect(await aco.authority.issue({ invite: id })).toEqual(result)
  })

  it('does not let a reply pass for another key, another request or another ACO', async () => {
    const { invite } = await aco.authority.invite(memberCalled('alice'))
    const tagged = await taggedBy(aco, 'alice', invite)
    const parsed = parseInvite(judge, invite)
    const outcome = await aco.authority.enrol(tagged)
    if (outcome.status !== 'issued') throw new TypeError('expected a reply')
    const { request } = splitTagged(tagged)
    const other = await requestBy(aco, 'alice', { invite: parsed.id, alias: 'other' })
    expect(codeOf(thrownBy(() => untagReply(parsed, other, outcome.reply)))).toBe('REPLY_TAG_INVALID')
    for (let i = 0; i < outcome.reply.length; i += 11) {
      const changed = outcome.reply.with(i, (outcome.reply[i] as number) ^ 1)
      const code = codeOf(thrownBy(() => untagReply(parsed, request, changed)))
      expect(code, `byte ${i}`).toMatch(/^REPLY_(TAG_INVALID|MALFORMED)$/)
    }
    const reply = untagReply(parsed, request, outcome.reply)
    const expected = {
      aco: parsed.aco,
      publicKey: signerNamed('alice').publicKey,
      kemKey: kemNamed('alice').key,
      now: aco.now,
    }
    expect(
      await codeWhen(acceptMaterial(reply, { ...expected, publicKey: signerNamed('bob').publicKey })),
    ).toBe('REPLY_KEY_MISMATCH')
    expect(await codeWhen(acceptMaterial(reply, { ...expected, kemKey: kemNamed('bob').key }))).toBe(
      'REPLY_KEY_MISMATCH',
    )
    expect(await codeWhen(acceptMaterial(reply, { ...expected, aco: new Uint8Array(32) }))).toBe(
      'CERT_ROOT_UNKNOWN',
    )
    expect(await codeWhen(acceptMaterial(reply, { ...expected, now: aco.now + 15 * DAY_MS }))).toBe(
      'CERT_EXPIRED',
    )
  })
})

function thrownBy(work: () => unknown): unknown {
  try {
    work()
  } catch (error) {
    return error
  }
  throw new TypeError('expected an error')
}
