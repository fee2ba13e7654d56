import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { keyIdOf, toHex } from '@intelmesh/protocol'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  createTestAco,
  DAY_MS,
  judge,
  START,
  type TestAco,
} from '../../../../test/support/authority/test-aco.ts'
import { enrolled } from '../../../../test/support/authority/test-newcomer.ts'
import { nativeCrypto } from '../crypto/index.ts'
import type { Membership } from '../joining/index.ts'
import { createStore, openStore, type Store } from '../store/index.ts'
import { openTrust, type Trust } from '../trust/index.ts'

let aco: TestAco
let store: Store
let trust: Trust
let bob: Membership
let folder: string

beforeEach(async () => {
  aco = await createTestAco()
  bob = (await enrolled(aco, 'bob')).membership
  folder = await mkdtemp(join(tmpdir(), 'intelmesh-member-'))
  const path = join(folder, 'store')
  await createStore({ path, id: '11'.repeat(16), createdAt: START })
  store = await openStore({ path })
  const root = bob.chain[2]?.bytes as Uint8Array
  trust = await openTrust({ store, crypto: nativeCrypto, clock: () => aco.now }, root)
})

afterEach(async () => {
  await store[Symbol.asyncDispose]()
  await aco[Symbol.asyncDispose]()
  await rm(folder, { recursive: true, force: true })
})

describe('what an ACO announces, at a member', () => {
  it('is accepted in the order in which it was announced, and the log follows', async () => {
    await received(bob.chain.toReversed().map(({ bytes }) => ({ kind: 'certificate', bytes })))
    expect(await received(aco.announced.splice(0))).toEqual(['ACCEPTED', 'ACCEPTED'])
    expect(trust.log.state).toBe('behind')
    expect(await trust.extendLog(await aco.store.logHashes(0, aco.store.logSize))).toBe(true)
    expect(trust.log.state).toBe('consistent')
    expect(await trust.isLogged(trust.roster.byId(idOf(bob)) as never)).toBe(true)
  })

  it('lets a newcomer in, revokes it, and never takes it back', async () => {
    const alice = await caughtUp()
    expect(trust.standing(nodeOf(alice))).toBe('good')
    await aco.authority.act({ action: 'revoke', who: 'alice', reason: 'key-compromise' })
    expect(await received(aco.announced.splice(0))).toEqual(['ACCEPTED', 'ACCEPTED', 'ACCEPTED'])
    expect(trust.standing(nodeOf(alice))).toBe('revoked')
    expect(trust.keyStatus(nodeOf(alice)).isRevoked).toBe(true)
  })

  it('suspends for a time', async () => {
    const alice = await caughtUp()
    const until = new Date(aco.now + DAY_MS).toISOString()
    await aco.authority.act({ action: 'suspend', who: 'alice', reason: 'unspecified', until })
    await received(aco.announced.splice(0))
    expect(trust.standing(nodeOf(alice))).toBe('suspended')
    aco.now += DAY_MS
    await aco.authority.beat()
    await received(aco.announced.splice(0))
    expect(trust.standing(nodeOf(alice))).toBe('good')
  })

  it('goes on under a renewed operator, for those certified before and after', async () => {
    const alice = await caughtUp()
    aco.now += 13 * DAY_MS
    await aco.authority.renewOperator(aco.root, 365)
    const carol = (await enrolled(aco, 'carol')).membership
    const codes = await received(aco.announced.splice(0))
    expect(codes.every((code) => code === 'ACCEPTED' || code === 'OUTDATED')).toBe(true)
    expect([alice, carol].map((each) => trust.standing(nodeOf(each)))).toEqual(['good', 'good'])
  })
})

async function caughtUp(): Promise<Membership> {
  const alice = (await enrolled(aco, 'alice')).membership
  await received(bob.chain.toReversed().map(({ bytes }) => ({ kind: 'certificate', bytes })))
  await received([...aco.announced.splice(0), { kind: 'status-list', bytes: alice.statusList }])
  return alice
}

async function received(objects: Parameters<Trust['admit']>[0]): Promise<readonly string[]> {
  return (await trust.admit(objects, 'peer')).map(({ code }) => code)
}

function nodeOf({ chain }: Membership): string {
  return toHex(keyIdOf(judge, chain[0].claims.publicKey))
}

function idOf({ chain }: Membership): string {
  return toHex(judge.sha256(chain[0].bytes))
}
