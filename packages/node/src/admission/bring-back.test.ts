import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createTestAco, type TestAco } from '../../../../test/support/authority/test-aco.ts'
import { nativeCrypto } from '../crypto/index.ts'
import { NO_METRICS } from '../observe/index.ts'
import type { Store, StoreChanges } from '../store/index.ts'
import { holdHeader } from '../testing/hold-header.ts'
import { createTestNode, type TestNode } from '../testing/test-node.ts'
import { indicatorText, requestOf } from '../testing/test-objects.ts'
import { bringBack } from './bring-back.ts'
import { type Admission, openAdmission } from './open-admission.ts'
import { shelfPrefix } from './shelf-rows.ts'
import { reconsider, type ReconsiderOptions } from './shelf.ts'

const FILE = { kind: 'file' } as const
const PUBLISHED = 6

let aco: TestAco
/** Published six batches, and was revoked at the last of them. */
let alice: TestNode
/** Held all but the third and the last, and laid them aside. */
let bob: TestNode

beforeEach(async () => {
  aco = await createTestAco()
  alice = await createTestNode(aco, 'alice')
  bob = await createTestNode(aco, 'bob')
  for (let i = 0; i < PUBLISHED; i++) await alice.publisher.publish(requestOf([indicatorText(`value ${i}`)]))
})

afterEach(async () => {
  for (const node of [alice, bob, aco]) await node[Symbol.asyncDispose]()
})

describe(bringBack, () => {
  it('hands over to the door, once a gap was filled, what hangs below the heads now, and nothing else', async () => {
    for (const place of [0, 1, 3, 4]) await bring(place)
    await revoke()
    expect(await again()).toMatchObject({ shelved: 4 })
    const handed: number[] = []
    for (const place of [5, 2]) {
      await bring(place)
      const { admission, count } = counting(bob.admission)
      await again({ admission })
      handed.push(count())
    }
    expect(handed).toEqual([2, 2])
    expect(bob.store.counts.records).toBe(PUBLISHED)
  })

  it('is not asked where nothing was said since all was looked at, and nothing can have been linked', async () => {
    for (const place of [0, 1, 3, 4]) await bring(place)
    await revoke()
    expect(await again({}, { mayBeLinked: false })).toMatchObject({ shelved: 4 })
    for (const place of [5, 2]) await bring(place)
    expect(await again({}, { mayBeLinked: false })).toMatchObject({ returned: 0 })
    expect(await again()).toMatchObject({ returned: 4 })
  })

  it('hands over all once more is said', async () => {
    for (const place of [0, 1, 3, 4]) await bring(place)
    await revoke()
    await again()
    await revoke()
    const { admission, count } = counting(bob.admission)
    await again({ admission })
    expect(count()).toBe(4)
  })

  it('notes nothing of what stays where it lies', async () => {
    await bring(0)
    await act('suspend')
    await again()
    await act('reinstate')
    await using admission = openAdmission({
      ...bob,
      crypto: nativeCrypto,
      clock: () => aco.now,
      metrics: NO_METRICS,
      asOf: () => bob.sweeper.asOf,
      clearance: () => 'clear',
    })
    const before = await bob.store.quarantine(100)
    expect(await again({ admission })).toMatchObject({ returned: 0 })
    expect(await bob.store.quarantine(100)).toEqual(before)
    expect(await again()).toMatchObject({ returned: 1 })
  })

  it('looks whether a record is back, and takes it down, in one turn', async () => {
    await bring(0)
    await act('suspend')
    await again()
    await act('reinstate')
    let isInTurn = false
    const turns: boolean[] = []
    const admission: Admission = {
      ...bob.admission,
      inTurn: (action) =>
        bob.admission.inTurn(async () => {
          isInTurn = true
          return action().finally(() => (isInTurn = false))
        }),
    }
    const store = Object.assign(Object.create(bob.store) as Store, {
      hasRecords(ids: readonly string[]) {
        turns.push(isInTurn)
        return bob.store.hasRecords(ids)
      },
      commit(changes: StoreChanges, options: { readonly sync: boolean }) {
        if (Object.keys(changes.ledger ?? {}).some((key) => key.startsWith(shelfPrefix(alice.node))))
          turns.push(isInTurn)
        return bob.store.commit(changes, options)
      },
    })
    expect(await again({ admission, store })).toMatchObject({ returned: 1 })
    expect(turns).toEqual([true, true])
  })
})

async function bring(place: number): Promise<void> {
  const batch = alice.announced[place]?.batch as Uint8Array
  await (
    await bob.admission.admitBatch(batch, FILE, { sync: false })
  ).stored
}

async function revoke(): Promise<void> {
  await holdHeader(aco, alice, PUBLISHED - 1)
  await act('revoke')
}

async function act(action: 'revoke' | 'suspend' | 'reinstate'): Promise<void> {
  await aco.authority.act({ action, who: 'alice', reason: 'unspecified' })
  await bob.hear()
}

/** Judges alice's key again at bob's, with other parts than his. */
function again(
  parts: Partial<Pick<TestNode, 'admission' | 'store'>> = {},
  options?: ReconsiderOptions,
): ReturnType<typeof reconsider> {
  return reconsider({ ...bob, ...parts, hasher: nativeCrypto }, alice.node, options)
}

/** An admission that counts what comes to its door. */
function counting(of: Admission): { readonly admission: Admission; readonly count: () => number } {
  let count = 0
  const admission: Admission = {
    ...of,
    admitItem(...args) {
      count++
      return of.admitItem(...args)
    },
  }
  return { admission, count: () => count }
}
