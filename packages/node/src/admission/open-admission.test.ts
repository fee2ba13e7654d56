import { batchOf, type Forged, leafOf, stixOf } from '../../../../test/support/forge.ts'
import { type Crypto, fromHex, openBatch } from '@intelmesh/protocol'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createTestAco, type TestAco } from '../../../../test/support/authority/test-aco.ts'
import { codeWhen } from '../../../../test/support/authority/test-newcomer.ts'
import { nativeCrypto } from '../crypto/index.ts'
import { NO_METRICS } from '../observe/index.ts'
import type { Store } from '../store/index.ts'
import { createTestNode, type TestNode } from '../testing/test-node.ts'
import { indicatorText, loneItems, requestOf } from '../testing/test-objects.ts'
import { type Admission, type Admitted, openAdmission } from './open-admission.ts'

const FILE = { kind: 'file' } as const

let aco: TestAco
/** Publishes. */
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

describe(openAdmission, () => {
  it('ends with the same set when a record and what takes it back are stored together, in either order', async () => {
    const [record] = await published(['a', 'b'])
    await alice.publisher.retract({ ids: [record as string], reason: 'error' })
    const batches = alice.announced.map(({ batch }) => batch)
    for (const [i, order] of [batches, batches.toReversed()].entries()) {
      await using node = await createTestNode(aco, `node ${i}`)
      await together(node.admission, order)
      expect(await node.store.record(record as string)).toBeUndefined()
      expect([node.store.rootOf('green'), node.store.rootOf('green/tombstones')]).toEqual([
        alice.store.rootOf('green'),
        alice.store.rootOf('green/tombstones'),
      ])
    }
  })

  it('charges a peer for what it sends and hands over by itself, and for nothing that it was asked for', async () => {
    const junk = { form: 'batch', bytes: new Uint8Array(1024 * 1024) } as const
    const codesOf = async (kind: 'peer' | 'asked'): Promise<ReadonlySet<string>> => {
      const codes = new Set<string>()
      for (let i = 0; i < 66; i++)
        codes.add((await bob.admission.admitItem(junk, { kind, node: 'mallory' })).code)
      return codes
    }
    expect(await codesOf('asked')).not.toContain('QUOTA')
    expect(await codesOf('peer')).toContain('QUOTA')
    // Another peer, and what is asked of this one, are not touched by it.
    const batch = { form: 'batch', bytes: await batchNamed('a') } as const
    expect((await bob.admission.admitItem(batch, { kind: 'peer', node: 'honest' })).code).toBe('ACCEPTED')
  })

  it('heeds no tombstone of another organisation, none that dies too soon, and none elsewhere', async () => {
    const [record] = (await published(['a'])) as [string]
    const target = await alice.store.record(record)
    await together(bob.admission, [alice.announced[0]?.batch as Uint8Array])
    const expires = target?.expires as number
    await together(bob.admission, [
      (await tombstone(bob, record, { expires })).bytes,
      (await tombstone(alice, record, { expires: expires - 1 })).bytes,
      (await tombstone(alice, record, { expires, tlp: 'clear' })).bytes,
    ])
    expect(bob.store.rootOf('green/tombstones').count).toBe(2)
    expect(await bob.store.record(record)).toBeDefined()
    await together(bob.admission, [(await tombstone(alice, record, { expires })).bytes])
    expect(await bob.store.record(record)).toBeUndefined()
  })

  it('stores a record once that comes in its batch, alone, and twice at a time', async () => {
    const ids = await published(['a', 'b'])
    const batch = alice.announced[0]?.batch as Uint8Array
    const lone = loneItems(batch)[0] as ReturnType<typeof loneItems>[number]
    const told: string[] = []
    bob.admission.onStored((rows) => told.push(...rows.map(({ id }) => id)))
    const outcomes = await Promise.all([
      bob.admission.admitItem(lone, FILE),
      bob.admission.admitItem(lone, FILE),
      bob.admission.admitBatch(batch, FILE, { sync: false }),
      bob.admission.admitBatch(batch, FILE, { sync: false }),
    ])
    await Promise.all(outcomes.map(({ stored }) => stored))
    expect(told.toSorted()).toEqual(ids.toSorted())
    expect(bob.store.counts.records).toBe(2)
    const again = await bob.admission.admitBatch(batch, FILE, { sync: false })
    expect(again).toMatchObject({ action: 'ignore', code: 'DUPLICATE' })
  })

  it('checks one signature for a batch, however many copies come, and reads the store a few times for all', async () => {
    await published(Array.from({ length: 40 }, (_, i) => `value ${i}`))
    const batch = alice.announced[0]?.batch as Uint8Array
    const counts = { signatures: 0, reads: 0, commits: 0 }
    const store = counting(bob.store, counts)
    await using admission = admissionOver(store, {
      ...nativeCrypto,
      verifyEd25519(...input) {
        counts.signatures++
        return nativeCrypto.verifyEd25519(...input)
      },
    })
    const outcomes = await Promise.all(
      [batch, batch, batch].map((each) => admission.admitBatch(each, FILE, { sync: true })),
    )
    expect(outcomes.map(({ code }) => code).toSorted()).toEqual(['ACCEPTED', 'DUPLICATE', 'DUPLICATE'])
    expect((await Promise.all(outcomes.map(({ stored }) => stored))).flat()).toHaveLength(40)
    // hasLeaves once for all three, and in the group hasRecords, endOfChain and namedByTombstones.
    expect(counts).toEqual({ signatures: 1, reads: 4, commits: 1 })
    // What goes on from there is known to be new, and to stand in its place.
    await published(['the next'])
    const next = alice.announced.at(-1)?.batch as Uint8Array
    expect((await (await admission.admitBatch(next, FILE, { sync: true })).stored).length).toBe(1)
    expect(counts).toEqual({ signatures: 2, reads: 6, commits: 2 })
  })

  it('judges side by side what comes together, and writes it together', async () => {
    for (let i = 0; i < 20; i++) await published([`value ${i}`])
    const counts = { signatures: 0, reads: 0, commits: 0 }
    await using admission = admissionOver(counting(bob.store, counts))
    const admitted = await Promise.all(
      alice.announced.map(({ batch }) => admission.admitBatch(batch, FILE, { sync: true })),
    )
    expect((await Promise.all(admitted.map(({ stored }) => stored))).flat()).toHaveLength(20)
    expect(counts.commits).toBeLessThan(20)
  })

  it('fills up a batch of which some is held, when a session brings it whole', async () => {
    await published(['a', 'b', 'c'])
    const batch = alice.announced[0]?.batch as Uint8Array
    await together(bob.admission, [batch])
    const [first] = await bob.store.queryRecords({ afterSequence: 0, limit: 1, plainOnly: true })
    const lost = first?.id ?? ''
    await bob.store.commit({ removed: [lost] }, { sync: false })
    const gossip = { sync: false, audience: 'green' } as const
    expect((await bob.admission.admitBatch(batch, FILE, gossip)).code).toBe('DUPLICATE')
    const admitted = await bob.admission.admitItem({ form: 'batch', bytes: batch }, FILE)
    expect(await admitted.stored).toEqual([lost])
    expect((await bob.admission.admitItem({ form: 'batch', bytes: batch }, FILE)).code).toBe('DUPLICATE')
    expect(bob.store.rootOf('green')).toEqual(alice.store.rootOf('green'))
  })

  it('fails those who wait for a write that fails, and goes on with the next', async () => {
    await published(['a'])
    await published(['b'])
    let isBroken = true
    const store = Object.assign(Object.create(bob.store) as Store, {
      commit: (...args: Parameters<Store['commit']>) =>
        isBroken ? Promise.reject(new RangeError('the disk is gone')) : bob.store.commit(...args),
    })
    await using admission = admissionOver(store)
    const [first, second] = alice.announced.map(({ batch }) => batch) as [Uint8Array, Uint8Array]
    const failed = await admission.admitBatch(first, FILE, { sync: true })
    expect(failed.action).toBe('accept')
    expect(await codeWhen(failed.stored)).toContain('the disk is gone')
    isBroken = false
    for (const batch of [first, second]) {
      const { action, stored } = await admission.admitBatch(batch, FILE, { sync: true })
      expect({ action, count: (await stored).length }).toEqual({ action: 'accept', count: 1 })
    }
    expect(bob.store.counts.records).toBe(2)
  })

  it('keeps the good leaves of a batch with a bad one, and says which was bad', async () => {
    const at = aco.now
    const author = authorOf(alice)
    const leaves = [
      leafOf(author, { at }),
      leafOf(author, { at, body: { kind: 'stix', stix: stixOf({ created: undefined }) } }),
    ]
    const { bytes } = await batchOf(author, { leaves, from: at, to: at })
    const admitted = await bob.admission.admitBatch(bytes, FILE, { sync: false })
    expect(admitted).toMatchObject({ action: 'reject', refused: [{ index: 1 }] })
    expect(await admitted.stored).toHaveLength(1)
  })

  it('never throws, whatever comes, and counts what it cannot take as refused', async () => {
    await published(['a', 'b'])
    const batch = alice.announced[0]?.batch as Uint8Array
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 64 }),
      fc
        .tuple(fc.nat({ max: batch.length - 1 }), fc.integer({ min: 1, max: 255 }))
        .map(([at, flip]) => batch.with(at, (batch[at] ?? 0) ^ flip)),
      fc.nat({ max: batch.length - 1 }).map((length) => batch.subarray(0, length)),
    )
    const form = fc.constantFrom('batch', 'record', 'header', 'control' as const)
    await fc.assert(
      fc.asyncProperty(form, bytes, async (kind, each) => {
        const { action, stored } = await bob.admission.admitItem({ form: kind, bytes: each }, FILE)
        expect(action).not.toBe('accept')
        expect(await stored).toEqual([])
      }),
      { numRuns: 60 },
    )
    expect(bob.store.counts.records).toBe(0)
  })

  it('takes back its word to a listener that has left', async () => {
    await published(['a'])
    let told = 0
    const leave = bob.admission.onStored(() => told++)
    leave()
    await together(bob.admission, [alice.announced[0]?.batch as Uint8Array])
    expect(told).toBe(0)
  })
})

/** Has alice publish one batch, and gives the ids of its records. */
async function published(names: readonly string[]): Promise<readonly string[]> {
  const { published: done } = await alice.publisher.publish(
    requestOf(names.map((name) => indicatorText(name))),
  )
  expect(openBatch(nativeCrypto, alice.announced.at(-1)?.batch as Uint8Array).leaves).toHaveLength(
    names.length,
  )
  return done.map(({ record }) => record)
}

/** Admits batches at one time, and waits until all that they brought is stored. */
async function together(admission: Admission, batches: readonly Uint8Array[]): Promise<void> {
  const admitted: Admitted[] = []
  for (const batch of batches) admitted.push(await admission.admitBatch(batch, FILE, { sync: false }))
  expect(admitted.map(({ code }) => code)).toEqual(batches.map(() => 'ACCEPTED'))
  await Promise.all(admitted.map(({ stored }) => stored))
}

/** A store that counts what it is asked to read and write. */
function counting(store: Store, counts: { reads: number; commits: number }): Store {
  const reads = new Set<PropertyKey>([
    'hasRecords',
    'hasLeaves',
    'headersOfAuthor',
    'endOfChain',
    'namedByTombstones',
    'record',
  ])
  return new Proxy(store, {
    get(target, name) {
      if (reads.has(name)) counts.reads++
      if (name === 'commit') counts.commits++
      return Reflect.get(target, name) as unknown
    },
  })
}

function admissionOver(store: Store, crypto: Crypto = nativeCrypto): Admission {
  return openAdmission({
    ...bob,
    store,
    crypto,
    clock: () => aco.now,
    metrics: NO_METRICS,
    asOf: () => bob.sweeper.asOf,
    clearance: () => 'green',
  })
}

function authorOf(node: TestNode): Parameters<typeof batchOf>[0] {
  return { signer: node.signer, keyId: fromHex(node.node), certificate: node.own().certificate.bytes }
}

/** A tombstone that somebody signs for a record, rightly or not. */
function tombstone(
  node: TestNode,
  record: string,
  { expires, tlp = 'green' }: { readonly expires: number; readonly tlp?: 'green' | 'clear' },
): Promise<Forged> {
  const author = authorOf(node)
  const leaf = leafOf(author, {
    at: aco.now,
    clear: { expires, tlp, compartments: [tlp] },
    body: { kind: 'tombstone', retracts: [fromHex(record)], reason: 'error' },
  })
  return batchOf(author, { leaves: [leaf], header: { audience: tlp }, from: aco.now, to: aco.now })
}

/** A batch that alice published, with one record. */
async function batchNamed(name: string): Promise<Uint8Array> {
  await published([name])
  await bob.hear()
  return alice.announced.at(-1)?.batch as Uint8Array
}
