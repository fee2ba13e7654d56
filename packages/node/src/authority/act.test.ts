import {
  BEACON,
  type Beacon,
  consistencyPath,
  buildTree,
  fromHex,
  keyIdOf,
  parseSign1,
  sealSign1,
  STATUS_LIST,
  type StatusTrust,
  toHex,
  unpackStatuses,
  verifyBeacon,
  verifyConsistency,
  verifyStatement,
  verifyStatusList,
} from '@intelmesh/protocol'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it, test } from 'vitest'
import type { ActRequest } from '../aco-api.ts'
import { nativeZlib } from '../crypto/index.ts'
import type { HeaderRow } from '../store/index.ts'
import { act } from './act.ts'
import {
  createTestAco,
  judge,
  memberCalled,
  signerNamed,
  START,
  type TestAco,
} from '../../../../test/support/authority/test-aco.ts'
import { codeWhen, enrolled, openMembership } from '../../../../test/support/authority/test-newcomer.ts'

const STEP_NAMES = ['beat', 'enrol', 'revoke', 'suspend', 'restart'] as const

let aco: TestAco

beforeEach(async () => {
  aco = await createTestAco()
})

afterEach(() => aco[Symbol.asyncDispose]())

describe(act, () => {
  it('revokes: statement, list, beacon, log and register in one step', async () => {
    const { membership } = await enrolled(aco, 'alice')
    const node = nodeOf(membership)
    aco.announced.length = 0
    const result = await aco.authority.act({ action: 'revoke', who: 'alice', reason: 'key-compromise' })
    expect(result).toEqual({ statement: 1, beacon: 3, nodes: [node], closedChains: 0 })
    expect(aco.announced.map(({ kind }) => kind)).toEqual(['statement', 'status-list', 'beacon'])
    const [statement, list, beacon] = aco.announced.map(({ bytes }) => bytes) as [
      Uint8Array,
      Uint8Array,
      Uint8Array,
    ]
    const trust = trustOf(membership)
    expect((await verifyStatement(judge, statement, trust)).claims).toMatchObject({
      number: 1,
      action: 'revoke',
      reason: 'key-compromise',
      keys: [fromHex(node)],
    })
    const verified = await verifyBeacon(judge, beacon, trust)
    expect(verified.claims).toMatchObject({ number: 3, statements: 1, revoked: [1] })
    const token = await verifyStatusList(judge, list, { ...trust, beacon: verified })
    const statuses = unpackStatuses(nativeZlib, token.claims.list)
    expect([0, 1, 2].map((index) => statuses.statusAt(index))).toEqual(['valid', 'invalid', 'valid'])
    const proof = await aco.authority.logProofOf(statement)
    expect(proof?.size).toBe(verified.claims.checkpoint.size)
    expect((await aco.authority.list()).find((member) => member.node === node)?.standing).toBe('revoked')
  })

  it('covers every key of an organisation, or one key alone', async () => {
    const { invite, membership } = await enrolled(aco, 'alice')
    const request = memberCalled('alice', { organisation: invite.organisation })
    const second = await openMembership(aco, 'alice 2', (await aco.authority.invite(request)).invite)
    const byKey = await aco.authority.act({ action: 'suspend', who: nodeOf(second), reason: 'unspecified' })
    expect(byKey.nodes).toEqual([nodeOf(second)])
    const byId = await aco.authority.act({ action: 'revoke', who: invite.organisation, reason: 'ceased' })
    expect(byId.nodes).toEqual([nodeOf(membership), nodeOf(second)])
  })

  it('closes each chain at the newest header held, or at that held by a time', async () => {
    const { membership } = await enrolled(aco, 'alice')
    const author = nodeOf(membership)
    const early = headerRow(author, { chain: 'aa', seq: 0, at: START + 1000 })
    const late = headerRow(author, { chain: 'aa', seq: 1, at: START + 5000 })
    const other = headerRow(author, { chain: 'bb', seq: 0, at: START + 4000 })
    await aco.store.commit({ headers: [early, late, other] }, { sync: false })
    aco.now += 10_000
    const since = new Date(START + 2000).toISOString()
    await aco.authority.act({ action: 'revoke', who: 'alice', reason: 'key-compromise', since })
    await aco.authority.act({ action: 'revoke', who: 'alice', reason: 'key-compromise' })
    const heads = aco.statements().map(({ claims }) => claims.heads.map(({ hash }) => toHex(hash)))
    expect(heads[0]).toEqual([early.hash])
    expect(heads[1]?.toSorted()).toEqual([late.hash, other.hash].toSorted())
  })

  it('needs several statements for more heads than one holds, without a gap in their numbers', async () => {
    const { membership } = await enrolled(aco, 'alice')
    const author = nodeOf(membership)
    const headers = Array.from({ length: 1030 }, (_, i) =>
      headerRow(author, { chain: i.toString(16), seq: 0, at: START }),
    )
    await aco.store.commit({ headers }, { sync: false })
    const result = await aco.authority.act({ action: 'revoke', who: 'alice', reason: 'key-lost' })
    expect(result).toMatchObject({ statement: 2, closedChains: 1030 })
    expect(aco.statements().map(({ claims }) => [claims.number, claims.heads.length])).toEqual([
      [1, 1024],
      [2, 6],
    ])
  })

  it('suspends until a time, which the heartbeat then ends', async () => {
    await enrolled(aco, 'alice')
    const until = new Date(aco.now + 5 * 60_000).toISOString()
    await aco.authority.act({ action: 'suspend', who: 'alice', reason: 'unspecified', until })
    expect(await listedStatus(1)).toBe('suspended')
    await aco.authority.beat()
    aco.now += 4 * 60_000
    await aco.authority.beat()
    expect(await listedStatus(1)).toBe('suspended')
    await aco.restart()
    aco.now += 60_000
    await aco.authority.beat()
    expect(await listedStatus(1)).toBe('valid')
    expect(
      (await aco.authority.list()).find(({ organisation }) => organisation.name === 'alice')?.standing,
    ).toBe('active')
  })

  it('reinstates what was suspended, and nothing else', async () => {
    await enrolled(aco, 'alice')
    const reinstate: ActRequest = { action: 'reinstate', who: 'alice', reason: 'unspecified' }
    expect(await codeWhen(aco.authority.act(reinstate))).toBe('STATEMENT_POINTLESS')
    await aco.authority.act({ action: 'suspend', who: 'alice', reason: 'unspecified' })
    await aco.authority.act(reinstate)
    expect(await listedStatus(1)).toBe('valid')
    await aco.authority.act({ action: 'revoke', who: 'alice', reason: 'ceased' })
    expect(await codeWhen(aco.authority.act(reinstate))).toBe('STATEMENT_FINAL')
    expect(await codeWhen(aco.authority.act({ ...reinstate, action: 'suspend' }))).toBe('STATEMENT_FINAL')
    expect(await listedStatus(1)).toBe('invalid')
  })

  test.for([
    ['a time to come as since', { since: '2027-01-01' }],
    ['a time that has passed as until', { action: 'suspend', until: '2020-01-01' }],
    ['until for a revocation', { until: '2027-01-01' }],
    ['since for a reinstatement', { action: 'reinstate', since: '2026-01-01' }],
    ['words as a time', { since: 'yesterday' }],
    ['a time without its zone', { since: '2026-11-22T08:00' }],
    ['a day that is none', { since: '2026-13-41' }],
  ] as const)('refuses %s', async ([, change]) => {
    await enrolled(aco, 'alice')
    const request: ActRequest = { action: 'revoke', who: 'alice', reason: 'ceased', ...change }
    expect(await codeWhen(aco.authority.act(request))).toBe('ARGUMENT_INVALID')
    expect(aco.statements()).toEqual([])
  })

  it('takes the first twelve digits of a node key for it', async () => {
    await enrolled(aco, 'alice')
    await enrolled(aco, 'bob')
    const standings = async (): Promise<readonly string[]> =>
      (await aco.authority.list()).map(({ organisation, standing }) => `${organisation.name} ${standing}`)
    const node = (await aco.authority.list()).find(({ organisation }) => organisation.name === 'bob')?.node
    const suspend = (digits: number): Promise<unknown> =>
      aco.authority.act({ action: 'suspend', who: (node ?? '').slice(0, digits), reason: 'unspecified' })
    expect(await codeWhen(suspend(11))).toBe('WHO_UNKNOWN')
    await suspend(12)
    expect(await standings()).toEqual(expect.arrayContaining(['alice active', 'bob suspended']))
  })

  it('says who is unknown, and who is ambiguous', async () => {
    const { invite } = await enrolled(aco, 'alice')
    await enrolled(aco, invite.organisation)
    const revoke = (who: string): Promise<unknown> =>
      aco.authority.act({ action: 'revoke', who, reason: 'ceased' })
    expect(await codeWhen(revoke('Alice'))).toBe('WHO_UNKNOWN')
    expect(await codeWhen(revoke('../state'))).toBe('WHO_UNKNOWN')
    expect(await codeWhen(revoke(invite.organisation))).toBe('WHO_AMBIGUOUS')
  })
})

describe('the sequence of an ACO', () => {
  it('never gives two beacons one number, and only appends to its log, whatever it does and whenever it restarts', async () => {
    const steps = fc.array(fc.constantFrom(...STEP_NAMES), {
      minLength: 3,
      maxLength: 10,
    })
    await fc.assert(
      fc.asyncProperty(steps, async (actions) => {
        await using each = await createTestAco()
        await enrolled(each, 'first')
        for (const [i, action] of actions.entries()) {
          each.now += 1000
          await STEPS[action](each, i)
        }
        const beacons = each.beacons().map(({ claims }) => claims)
        expect(beacons.map(({ number }) => number)).toEqual(beacons.map((_, i) => i + 2))
        await expectAppendOnly(each, beacons)
      }),
      { numRuns: 8 },
    )
  })

  it('gives a number again to nobody after a commit whose announcement was lost', async () => {
    aco.isCutOff = true
    const lost = await aco.authority.beat()
    expect(aco.announced).toEqual([])
    aco.isCutOff = false
    await aco.restart()
    expect((await aco.authority.beat()).number).toBe(lost.number + 1)
  })

  it('signs nothing once a beacon of its own turns up that it does not remember', async () => {
    const { claims } = parseSign1(BEACON, (await aco.store.control('beacon'))?.bytes as Uint8Array)
    const bytes = await sealSign1(BEACON, { ...claims, number: claims.number + 1 }, signerNamed('operator'))
    await aco.store.commit({ control: [{ key: 'beacon', kind: 'beacon', bytes }] }, { sync: false })
    expect(await codeWhen(aco.authority.beat())).toBe('AUTHORITY_BEHIND')
    expect(await codeWhen(enrolled(aco, 'alice'))).toBe('AUTHORITY_BEHIND')
    expect(aco.announced).toEqual([])
  })

  it('announces nothing of a step that could not be stored, and goes on with its numbers', async () => {
    const commit = aco.store.commit.bind(aco.store)
    aco.store.commit = () => Promise.reject(Object.assign(new Error('no space'), { code: 'STORE_FULL' }))
    expect(await codeWhen(aco.authority.beat())).toBe('STORE_FULL')
    expect(aco.announced).toEqual([])
    aco.store.commit = commit
    expect((await aco.authority.beat()).number).toBe(2)
  })
})

type StepName = (typeof STEP_NAMES)[number]

const STEPS: Readonly<Record<StepName, (each: TestAco, i: number) => Promise<unknown>>> = {
  beat: (each) => each.authority.beat(),
  enrol: (each, i) => enrolled(each, `member ${i}`),
  revoke: (each) => each.authority.act({ action: 'revoke', who: 'first', reason: 'ceased' }),
  suspend: (each) =>
    each.authority
      .act({ action: 'suspend', who: 'first', reason: 'ceased' })
      .catch(() => each.authority.beat()),
  restart: (each) => each.restart().then(() => each.authority.beat()),
}

async function expectAppendOnly(each: TestAco, beacons: readonly Beacon[]): Promise<void> {
  const hashes = await each.store.logHashes(0, each.store.logSize)
  const newest = beacons.at(-1)?.checkpoint
  expect(newest?.size).toBe(hashes.length)
  for (const [i, { checkpoint }] of beacons.entries()) {
    const previous = beacons[i - 1]?.checkpoint ?? checkpoint
    const tree = buildTree(judge, hashes.slice(0, checkpoint.size))
    const proof = {
      oldSize: previous.size,
      oldRoot: previous.root,
      newSize: checkpoint.size,
      newRoot: checkpoint.root,
      path: consistencyPath(tree, previous.size),
    }
    expect(verifyConsistency(judge, proof), `beacon ${i}`).toBe(true)
  }
}

async function listedStatus(index: number): Promise<string> {
  const bytes = (await aco.store.control('status-list'))?.bytes as Uint8Array
  expect(toHex(judge.sha256(bytes))).toBe(toHex(aco.beacons().at(-1)?.claims.listHash as Uint8Array))
  return unpackStatuses(nativeZlib, parseSign1(STATUS_LIST, bytes).claims.list).statusAt(index)
}

function nodeOf({ chain }: Awaited<ReturnType<typeof enrolled>>['membership']): string {
  return toHex(keyIdOf(judge, chain[0].claims.publicKey))
}

function trustOf({ aco: root, chain }: Awaited<ReturnType<typeof enrolled>>['membership']): StatusTrust {
  const byKey = new Map(chain.slice(1).map((each) => [toHex(keyIdOf(judge, each.claims.publicKey)), each]))
  return { aco: root, signer: (keyId) => byKey.get(toHex(keyId)) }
}

function headerRow(
  author: string,
  { chain, seq, at }: { chain: string; seq: number; at: number },
): HeaderRow {
  const bytes = judge.sha256(new TextEncoder().encode(`${author} ${chain} ${seq}`))
  return {
    hash: toHex(judge.sha256(bytes)),
    bytes,
    author,
    chain: chain.padStart(32, '0'),
    seq,
    to: 0n,
    arrivedAt: at,
  }
}
