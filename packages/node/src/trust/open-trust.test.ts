import {
  BEACON,
  CERTIFICATE,
  type Beacon,
  CONTACT,
  type Contact,
  type ControlObject,
  fromHex,
  MERGE_DELAY_MS,
  parseSign1,
  sealSign1,
  struct,
  STATEMENT,
  toHex,
} from '@intelmesh/protocol'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  createTestAco,
  DAY_MS,
  signerNamed,
  type TestAco,
} from '../../../../test/support/authority/test-aco.ts'
import { createTestNode, type TestNode } from '../testing/test-node.ts'
import { openTrust } from './open-trust.ts'

const OPERATOR = signerNamed('operator')

let aco: TestAco
let alice: TestNode
let bob: TestNode

beforeEach(async () => {
  aco = await createTestAco()
  alice = await createTestNode(aco, 'alice')
  bob = await createTestNode(aco, 'bob')
  await alice.hear()
})

afterEach(async () => {
  await alice[Symbol.asyncDispose]()
  await bob[Symbol.asyncDispose]()
  await aco[Symbol.asyncDispose]()
})

describe(openTrust, () => {
  it('knows after a restart what it knew before', async () => {
    const carol = await createTestNode(aco, 'carol')
    await carol[Symbol.asyncDispose]()
    await aco.authority.act({ action: 'revoke', who: 'bob', reason: 'ceased' })
    const until = new Date(aco.now + DAY_MS).toISOString()
    await aco.authority.act({ action: 'suspend', who: 'carol', reason: 'inactive', until })
    await alice.hear()
    await alice.trust.admit([await contactOf(alice, 5, ['/ip4/192.0.2.1/tcp/4650'])], 'file')
    const before = viewOf(alice)
    expect(before).toMatchObject({ log: { state: 'consistent' }, complete: ['good', 'revoked', 'suspended'] })
    await alice.restart()
    expect(viewOf(alice)).toEqual(before)
  })

  it('knows the same again once others have given back what damage took of it', async () => {
    const carol = await createTestNode(aco, 'carol')
    await carol[Symbol.asyncDispose]()
    await aco.authority.act({ action: 'revoke', who: 'bob', reason: 'ceased' })
    await alice.hear()
    const before = viewOf(alice)
    const rows = await Array.fromAsync(alice.store.controlRows())
    const operator = rows.find((row) => subjectOf(row) === 'operator')
    for (const gone of [...rows.map((row) => [row]), rows, [operator, rows.at(0)], [operator, rows.at(-1)]]) {
      const lost = gone.filter((row) => row !== undefined)
      await alice.store.commit({ controlRemoved: lost.map(({ key }) => key) }, { sync: true })
      await alice.restart()
      const judged = await alice.trust.admit(lost, 'peer')
      // The root is put back at opening.
      expect(judged.map(({ code }) => code)).toEqual(
        lost.map((row) => (subjectOf(row) === 'root' ? 'OUTDATED' : 'ACCEPTED')),
      )
      expect(viewOf(alice)).toEqual(before)
    }
  })

  it('keeps two beacons with one number as evidence, and goes by the one that came first', async () => {
    const held = alice.trust.beacon as NonNullable<typeof alice.trust.beacon>
    const twin = await beacon({ ...held.claims, at: held.claims.at + 1 })
    expect(await codes(alice, [twin])).toEqual(['EQUIVOCATION'])
    expect(alice.trust.beacon?.bytes).toEqual(held.bytes)
    expect(await alice.store.quarantine(1)).toMatchObject([{ code: 'EQUIVOCATION', from: 'peer' }])
    expect(await codes(alice, [{ kind: 'beacon', bytes: held.bytes }])).toEqual(['OUTDATED'])
  })

  it('takes no beacon that is older, ahead of its clock, or signed by another', async () => {
    const { claims } = alice.trust.beacon as NonNullable<typeof alice.trust.beacon>
    const next = { ...claims, number: claims.number + 1 }
    const ahead = await beacon({ ...next, at: aco.now + 5 * 60_000 + 1, nextUpdate: aco.now + DAY_MS })
    const bytes = await sealSign1(BEACON, next, signerNamed('bob'))
    expect(
      await codes(alice, [
        await beacon({ ...claims, number: claims.number - 1 }),
        ahead,
        { kind: 'beacon', bytes },
      ]),
    ).toEqual(['OUTDATED', 'FROM_FUTURE', 'COSE_SIGNATURE_INVALID'])
    expect(alice.trust.beacon?.claims.number).toBe(claims.number)
  })

  it('takes a status list only when the newest beacon names it', async () => {
    const [old] = aco.announced.filter(({ kind }) => kind === 'status-list')
    const before = alice.trust.statusList
    await aco.authority.act({ action: 'revoke', who: 'bob', reason: 'ceased' })
    await alice.hear()
    expect(alice.trust.statusList).not.toEqual(before)
    const stale: ControlObject = { kind: 'status-list', bytes: old?.bytes ?? (before as Uint8Array) }
    expect(await codes(alice, [stale])).toEqual(['STATUS_LIST_MISMATCH'])
    expect(alice.trust.standing(bob.node)).toBe('revoked')
  })

  it('goes by the indices of a beacon before statement and list have come', async () => {
    const told: (readonly string[])[] = []
    alice.trust.onChange(({ nodes, isBeacon }) => told.push([...nodes, String(isBeacon)]))
    await aco.authority.act({ action: 'revoke', who: 'bob', reason: 'ceased' })
    await codes(
      alice,
      aco.announced.filter(({ kind }) => kind === 'beacon'),
    )
    expect(alice.trust.standing(bob.node)).toBe('revoked')
    expect(alice.trust.keyStatus(bob.node)).toEqual({ isRevoked: false })
    expect(told).toEqual([[bob.node, 'true']])
  })

  it('keeps the latest contact of a node, and shows those in good standing', async () => {
    const [first, second] = [
      await contactOf(bob, 1, ['/dns/a/tcp/1']),
      await contactOf(bob, 2, ['/dns/b/tcp/1'], { relay: 1 }),
    ]
    expect(await codes(alice, [first, second, { ...first }, { ...second }])).toEqual([
      'ACCEPTED',
      'ACCEPTED',
      'OUTDATED',
      'OUTDATED',
    ])
    expect(alice.trust.contacts().get(bob.node)).toEqual(['/dns/b/tcp/1'])
    expect(alice.trust.relays()).toEqual(new Map([[bob.node, ['/dns/b/tcp/1']]]))
    expect(alice.store.rootOf('register').count).toBe(1)
    await aco.authority.act({ action: 'revoke', who: 'bob', reason: 'ceased' })
    await alice.hear()
    expect(alice.trust.contacts().has(bob.node)).toBe(false)
    expect(alice.trust.relays().size).toBe(0)
  })

  it('takes no contact that is dated ahead, or that another signed', async () => {
    const ahead = await contactOf(bob, 5 * 60_000 + 1, [])
    const forged = await sealSign1(CONTACT, claimsOf(bob, 1, []), alice.signer)
    expect(await codes(alice, [ahead, { kind: 'contact', bytes: forged }])).toEqual([
      'FROM_FUTURE',
      'COSE_SIGNATURE_INVALID',
    ])
  })

  it('grows stale as the newest beacon ages, and takes no new certificate then', async () => {
    expect(alice.trust.staleness()).toBe(0)
    const { at, nextUpdate } = (alice.trust.beacon as NonNullable<typeof alice.trust.beacon>).claims
    alice.skewMs = (nextUpdate - at) / 2
    expect(alice.trust.staleness()).toBe(0.5)
    alice.skewMs = nextUpdate - aco.now
    expect(alice.trust.isFresh()).toBe(true)
    alice.skewMs += 1
    expect(alice.trust.isFresh()).toBe(false)
    const carol = await createTestNode(aco, 'carol')
    const bytes = carol.own().certificate.bytes
    await carol[Symbol.asyncDispose]()
    expect(await codes(alice, [{ kind: 'certificate', bytes }])).toEqual(['STATUS_STALE'])
    alice.skewMs = 0
    expect(await codes(alice, [{ kind: 'certificate', bytes }])).toEqual(['ACCEPTED'])
  })

  it('takes a certificate that has been out for long only once it is in the log', async () => {
    const carol = await createTestNode(aco, 'carol')
    const bytes = carol.own().certificate.bytes
    await carol[Symbol.asyncDispose]()
    aco.now += MERGE_DELAY_MS
    const object: ControlObject = { kind: 'certificate', bytes }
    expect(await codes(alice, [object])).toEqual(['CERT_NOT_LOGGED'])
    await alice.hear()
    expect(alice.trust.log.state).toBe('consistent')
    expect(await codes(alice, [object])).toEqual(['ACCEPTED'])
  })

  it('says that an upgrade is needed when something later comes', async () => {
    const later = { ...STATEMENT, payload: struct('statement', {}, { version: 2, unknown: 'ignore' }) }
    const bytes = await sealSign1(later, {}, OPERATOR)
    expect(alice.trust.upgradeNeeded).toBe(false)
    expect(await codes(alice, [{ kind: 'statement', bytes }])).toEqual(['NEWER_THAN_ME'])
    expect(alice.trust.upgradeNeeded).toBe(true)
  })

  it('takes one object of several equal ones, and none a second time', async () => {
    await aco.authority.act({ action: 'revoke', who: 'bob', reason: 'ceased' })
    const [said] = aco.announced.filter(({ kind }) => kind === 'statement') as [ControlObject]
    const equal = [said, { ...said }, { ...said }]
    expect(await codes(alice, equal)).toEqual(['ACCEPTED', 'OUTDATED', 'OUTDATED'])
    expect(await codes(alice, [said])).toEqual(['OUTDATED'])
  })

  it('calls a certificate expired from its last second on', () => {
    const end = alice.own().certificate.claims.expiresAt * 1000
    alice.skewMs = end - 1 - aco.now
    expect(alice.trust.standing(alice.node)).toBe('good')
    alice.skewMs += 1
    expect(alice.trust.standing(alice.node)).toBe('expired')
    expect(alice.trust.standing('00'.repeat(32))).toBe('unknown')
  })

  it('finds an ACO out that signs a smaller log, also after a restart', async () => {
    const { claims } = alice.trust.beacon as NonNullable<typeof alice.trust.beacon>
    const number = claims.number + 1
    expect(alice.trust.log.state).toBe('consistent')
    const checkpoint = { size: claims.checkpoint.size - 1, root: claims.checkpoint.root }
    expect(await codes(alice, [await beacon({ ...claims, number, checkpoint })])).toEqual(['ACCEPTED'])
    expect(alice.trust.log.state).toBe('inconsistent')
    await alice.restart()
    expect(alice.trust.log.state).toBe('inconsistent')
  })

  it('takes log hashes only when they lead to the newest checkpoint', async () => {
    const carol = await createTestNode(aco, 'carol')
    await carol[Symbol.asyncDispose]()
    await alice.trust.admit(aco.announced, 'file')
    const hashes = await aco.store.logHashes(alice.store.logSize, aco.store.logSize)
    expect(await alice.trust.extendLog([])).toBe(false)
    expect(await alice.trust.extendLog([new Uint8Array(32)])).toBe(false)
    expect(await alice.trust.extendLog([...hashes, new Uint8Array(32)])).toBe(false)
    expect(await alice.trust.extendLog(hashes)).toBe(true)
    expect(await alice.trust.extendLog(hashes)).toBe(false)
    expect(toHex(alice.trust.log.root)).toBe(toHex((alice.trust.log.checkpoint as { root: Uint8Array }).root))
  })
})

function subjectOf({ kind, bytes }: ControlObject): string {
  return kind === 'certificate' ? parseSign1(CERTIFICATE, bytes).claims.mesh.subject : kind
}

async function codes(node: TestNode, objects: readonly ControlObject[]): Promise<readonly string[]> {
  return (await node.trust.admit(objects, 'peer')).map(({ code }) => code)
}

async function beacon(claims: Beacon): Promise<ControlObject> {
  return { kind: 'beacon', bytes: await sealSign1(BEACON, claims, OPERATOR) }
}

/** A contact dated so many ms after the present. */
function claimsOf(node: TestNode, ms: number, addresses: readonly string[]): Contact {
  return { node: fromHex(node.node), certificate: fromHex(node.own().id), at: aco.now + ms, addresses }
}

async function contactOf(
  node: TestNode,
  ms: number,
  addresses: readonly string[],
  more: Partial<Contact> = {},
): Promise<ControlObject> {
  const claims = { ...claimsOf(node, ms, addresses), ...more }
  return { kind: 'contact', bytes: await sealSign1(CONTACT, claims, node.signer) }
}

/** All that a node can say about its ACO, as data that compares. */
function viewOf({ trust, store }: TestNode) {
  const known = [...trust.roster.all()]
  const carol = known.find(({ certificate }) => certificate.claims.mesh.name === 'carol')
  const nodes = [alice.node, bob.node, carol?.keyId ?? '']
  return {
    complete: nodes.map((node) => trust.standing(node)),
    status: nodes.map((node) => trust.keyStatus(node)),
    roster: known.map(({ id }) => id).toSorted(),
    beacon: trust.beacon && parseSign1(BEACON, trust.beacon.bytes).claims,
    list: trust.statusList && toHex(trust.statusList),
    contacts: [...trust.contacts()],
    log: { ...trust.log },
    next: trust.nextChange(),
    sets: [store.rootOf('control'), store.rootOf('register')],
  }
}
