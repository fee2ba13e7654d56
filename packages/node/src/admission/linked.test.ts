import type { SyncItem } from '@intelmesh/protocol'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createTestAco, type TestAco } from '../../../../test/support/authority/test-aco.ts'
import { codeWhen } from '../../../../test/support/authority/test-newcomer.ts'
import { nativeCrypto } from '../crypto/index.ts'
import { NO_METRICS } from '../observe/index.ts'
import { type Store, StoreError } from '../store/index.ts'
import { holdHeader } from '../testing/hold-header.ts'
import { createTestNode, type TestNode } from '../testing/test-node.ts'
import { indicatorText, loneItems, requestOf } from '../testing/test-objects.ts'
import { type Admission, openAdmission } from './open-admission.ts'

const FILE = { kind: 'file' } as const

let aco: TestAco
/** Published three batches, and was revoked at the last of them. */
let alice: TestNode
/** Heard of it before anything of hers came. */
let bob: TestNode

beforeEach(async () => {
  aco = await createTestAco()
  alice = await createTestNode(aco, 'alice')
  bob = await createTestNode(aco, 'bob')
  for (const name of ['a', 'b', 'c']) await alice.publisher.publish(requestOf([indicatorText(name)]))
  await holdHeader(aco, alice, 2)
  await aco.authority.act({ action: 'revoke', who: 'alice', reason: 'unspecified' })
  await bob.hear()
})

afterEach(async () => {
  for (const node of [alice, bob, aco]) await node[Symbol.asyncDispose]()
})

describe('admission, of a key whose chains are closed', () => {
  it('tells once of each header that is linked, and of none that comes again', async () => {
    const told = listen(bob.admission)
    for (const place of [2, 1, 0])
      for (const item of [loneAt(place), batchAt(place), loneAt(place)]) await bring(bob.admission, item)
    expect(told).toEqual([alice.node, alice.node, alice.node])
  })

  it('tells nothing of records that are gone again, and come under a header that is held', async () => {
    await bring(bob.admission, batchAt(2))
    const [row] = await bob.store.queryRecords({ afterSequence: 0, limit: 1, plainOnly: true })
    await bob.sweeper.sweepTo(row?.expires as number)
    expect(bob.store.counts.records).toBe(0)
    const told = listen(bob.admission)
    const codes = [await bring(bob.admission, loneAt(2)), await bring(bob.admission, batchAt(2))]
    expect(codes).toEqual(['RECORD_EXPIRED', 'RECORD_EXPIRED'])
    expect(told).toEqual([])
  })

  it('tells nothing while they are open', async () => {
    await using carol = await createTestNode(aco, 'carol')
    const told = listen(carol.admission)
    await bring(carol.admission, { form: 'batch', bytes: await published(bob) })
    expect({ told, records: carol.store.counts.records }).toEqual({ told: [], records: 1 })
  })

  it('tells of a header also when it could not be known whether it was written', async () => {
    const store = Object.assign(Object.create(bob.store) as Store, {
      async commit(...args: Parameters<Store['commit']>) {
        await bob.store.commit(...args)
        throw new StoreError('STORE_IO', 'the disk has taken it, and says that it has not')
      },
    })
    await using admission = openAdmission({
      ...bob,
      store,
      crypto: nativeCrypto,
      clock: () => aco.now,
      metrics: NO_METRICS,
      asOf: () => bob.sweeper.asOf,
      clearance: () => 'green',
    })
    const told = listen(admission)
    const { stored } = await admission.admitItem(batchAt(2), FILE)
    expect(await codeWhen(stored)).toBe('STORE_IO')
    expect(told).toEqual([alice.node])
    expect((await bob.admission.admitItem(batchAt(2), FILE)).code).toBe('DUPLICATE')
  })
})

/** What an admission tells of from here on. */
function listen(admission: Admission): readonly string[] {
  const told: string[] = []
  admission.onLinked((node) => told.push(node))
  return told
}

async function bring(admission: Admission, item: SyncItem): Promise<string> {
  const { code, refused, stored } = await admission.admitItem(item, FILE)
  await stored
  return refused[0]?.code ?? code
}

function batchAt(place: number): SyncItem {
  return { form: 'batch', bytes: alice.announced[place]?.batch as Uint8Array }
}

function loneAt(place: number): SyncItem {
  return loneItems(alice.announced[place]?.batch as Uint8Array)[0] as SyncItem
}

async function published(node: TestNode): Promise<Uint8Array> {
  await node.publisher.publish(requestOf([indicatorText('open')]))
  return node.announced.at(-1)?.batch as Uint8Array
}
