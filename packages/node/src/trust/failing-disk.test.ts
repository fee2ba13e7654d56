import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createTestAco, type TestAco } from '../../../../test/support/authority/test-aco.ts'
import { nativeCrypto } from '../crypto/index.ts'
import { type Store, StoreError } from '../store/index.ts'
import { createTestNode, type TestNode } from '../testing/test-node.ts'
import type { Trust } from './interface.ts'
import { openTrust } from './open-trust.ts'

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

describe('a disk that fails', () => {
  it('keeps nothing from counting, and takes it with what comes next', async () => {
    const disk = diskOf(alice)
    const trust = await opened(disk.store)
    const told: string[] = []
    trust.onChange(({ nodes }) => told.push(...nodes))
    await aco.authority.act({ action: 'revoke', who: 'bob', reason: 'ceased' })
    disk.fails = 'before'
    await expect(trust.admit(aco.announced, 'peer')).rejects.toMatchObject({ code: 'STORE_FULL' })
    expect(told).toContain(bob.node)
    expect(trust.keyStatus(bob.node).isRevoked).toBe(true)
    disk.fails = undefined
    await aco.authority.beat()
    await trust.admit(aco.announced.slice(-1), 'peer')
    await alice.restart()
    expect(alice.trust.keyStatus(bob.node).isRevoked).toBe(true)
    expect(alice.trust.beacon?.bytes).toEqual(trust.beacon?.bytes)
    expect(alice.trust.statusList).toEqual(trust.statusList)
  })

  it('lets what was not written be taken when it comes again, once', async () => {
    const disk = diskOf(alice)
    const trust = await opened(disk.store)
    await aco.authority.act({ action: 'revoke', who: 'bob', reason: 'ceased' })
    const said = aco.announced.slice(-3).filter(({ kind }) => kind !== 'status-list')
    disk.fails = 'before'
    await expect(trust.admit(said, 'peer')).rejects.toMatchObject({ code: 'STORE_FULL' })
    await expect(trust.admit(said, 'peer')).rejects.toMatchObject({ code: 'STORE_FULL' })
    disk.fails = undefined
    expect((await trust.admit(said, 'peer')).map(({ code }) => code)).toEqual(said.map(() => 'ACCEPTED'))
    expect((await trust.admit(said, 'peer')).map(({ code }) => code)).toEqual(said.map(() => 'OUTDATED'))
  })

  it('may have taken hashes of the log all the same, and they are built on', async () => {
    const disk = diskOf(alice)
    const trust = await opened(disk.store)
    const grow = async (name: string): Promise<readonly Uint8Array[]> => {
      await using _ = await createTestNode(aco, name)
      await trust.admit(aco.announced, 'peer')
      return aco.store.logHashes(trust.log.size, aco.store.logSize)
    }
    const hashes = await grow('carol')
    disk.fails = 'after'
    await expect(trust.extendLog(hashes)).rejects.toMatchObject({ code: 'STORE_FULL' })
    disk.fails = undefined
    expect(await trust.extendLog(hashes)).toBe(false)
    expect(trust.log).toMatchObject({ state: 'consistent', size: aco.store.logSize })
    expect(await trust.extendLog(await grow('dave'))).toBe(true)
    expect(trust.log).toMatchObject({ state: 'consistent', size: aco.store.logSize })
  })
})

/** The store of a node on a disk whose commits fail, before or after they were done. */
function diskOf({ store }: TestNode): { fails: 'before' | 'after' | undefined; readonly store: Store } {
  const commit: Store['commit'] = async (...args) => {
    if (disk.fails !== 'before') await store.commit(...args)
    if (disk.fails !== undefined) throw new StoreError('STORE_FULL', 'the disk has no room')
  }
  const disk = {
    fails: undefined as 'before' | 'after' | undefined,
    store: Object.assign(Object.create(store) as Store, { commit }),
  }
  return disk
}

function opened(store: Store): Promise<Trust> {
  const root = alice.trust.roster.root.certificate.bytes
  return openTrust({ store, crypto: nativeCrypto, clock: () => aco.now }, root)
}
