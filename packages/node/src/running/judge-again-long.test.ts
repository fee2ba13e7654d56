import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createTestAco, type TestAco } from '../../../../test/support/authority/test-aco.ts'
import { shelfPrefix } from '../admission/index.ts'
import { type Logger, SILENT_LOGGER } from '../observe/index.ts'
import type { Store } from '../store/index.ts'
import { holdHeader } from '../testing/hold-header.ts'
import { createTestNode, type TestNode } from '../testing/test-node.ts'
import { indicatorText, requestOf } from '../testing/test-objects.ts'
import { judgeAgain } from './judge-again.ts'

let aco: TestAco
/** Published a record, and was suspended; bob has not heard of that. */
let alice: TestNode
let bob: TestNode
/** Of which keys records were moved. */
let moved: unknown[]

const logger: Logger = { ...SILENT_LOGGER, info: (_message, fields) => void moved.push(fields?.node) }

beforeEach(async () => {
  moved = []
  aco = await createTestAco()
  alice = await createTestNode(aco, 'alice')
  bob = await createTestNode(aco, 'bob')
  await alice.publisher.publish(requestOf([indicatorText('a')]))
  await bring(alice.announced[0]?.batch)
  await aco.authority.act({ action: 'suspend', who: 'alice', reason: 'inactive' })
})

afterEach(async () => {
  vi.useRealTimers()
  for (const node of [alice, bob, aco]) await node[Symbol.asyncDispose]()
})

describe('judgeAgain, of a key with much on its shelf', () => {
  it('judges first what the ACO says, also while it looks at what was linked', async () => {
    await using carol = await createTestNode(aco, 'carol')
    await carol.publisher.publish(requestOf([indicatorText('c')]))
    await shelveAll()
    await bring(carol.announced[0]?.batch)
    const store = onRowsOf(async function* (rows) {
      let isFirst = true
      for await (const row of rows) {
        yield row
        if (isFirst) await aco.authority.act({ action: 'suspend', who: 'carol', reason: 'inactive' })
        if (isFirst) await bob.hear()
        isFirst = false
      }
    })
    await using judging = judgeAgain({ ...bob, store, logger })
    await judging.settled()
    expect(moved).toEqual([carol.node, alice.node])
    expect(bob.store.counts.records).toBe(SHELVED)
  })

  it('breaks off what it does when it is stopped', async () => {
    await shelveAll()
    let stopping: PromiseLike<void> | undefined
    const store = onRowsOf(async function* (rows) {
      for await (const row of rows) {
        yield row
        stopping ??= judging[Symbol.asyncDispose]()
      }
    })
    const judging = judgeAgain({ ...bob, store, logger })
    await judging.settled()
    await stopping
    expect(bob.store.counts.records).toBe(1)
  })

  it('lets a key rest that took long, when more of it is linked', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    for (const name of ['b', 'c', 'd']) await alice.publisher.publish(requestOf([indicatorText(name)]))
    await holdHeader(aco, alice, 3)
    await aco.authority.act({ action: 'revoke', who: 'alice', reason: 'unspecified' })
    await bob.hear()
    let [passes, isLong] = [0, false]
    const store = onRowsOf(async function* (rows) {
      passes++
      for await (const row of rows) for (let i = 0; i < (isLong ? 100 : 1); i++) yield row
      // What comes meanwhile is no reason to begin anew at once.
      if (isLong) await bring(alice.announced[2]?.batch)
    })
    await using judging = judgeAgain({ ...bob, store, logger })
    await judging.settled()
    isLong = true
    const seen: unknown[] = []
    const look = async (): Promise<void> => {
      await judging.settled()
      seen.push([passes, judging.waiting, bob.store.counts.records])
    }
    await look()
    await bring(alice.announced[3]?.batch)
    await look()
    // That something was said of it, and nothing new, takes nothing from what is to be looked at.
    judging.add([alice.node])
    await look()
    isLong = false
    await vi.advanceTimersByTimeAsync(60_000)
    await look()
    await bring(alice.announced[1]?.batch)
    await look()
    expect(seen).toEqual([
      [1, 0, 0],
      [2, 1, 2],
      [2, 1, 2],
      [3, 0, 2],
      [4, 0, 4],
    ])
  })
})

/** Records of alice's that are laid aside by {@link shelveAll}. */
const SHELVED = 3

async function bring(batch: Uint8Array | undefined): Promise<void> {
  await (
    await bob.admission.admitBatch(batch as Uint8Array, { kind: 'file' }, { sync: false })
  ).stored
}

/** Lays all of alice's records aside while she is suspended, and lets her back in: nobody has judged that yet. */
async function shelveAll(): Promise<void> {
  for (const name of ['b', 'c']) {
    await alice.publisher.publish(requestOf([indicatorText(name)]))
    await bring(alice.announced.at(-1)?.batch)
  }
  await bob.hear()
  const judging = judgeAgain({ ...bob, logger: SILENT_LOGGER })
  await judging.settled()
  await judging[Symbol.asyncDispose]()
  await aco.authority.act({ action: 'reinstate', who: 'alice', reason: 'unspecified' })
  await bob.hear()
}

type Rows = ReturnType<Store['ledgerRows']>

/** Bob's store, with something else done as the rows of alice's shelf are read. */
function onRowsOf(read: (rows: Rows) => Rows): Store {
  return Object.assign(Object.create(bob.store) as Store, {
    ledgerRows(prefix: string) {
      const rows = bob.store.ledgerRows(prefix)
      return prefix === shelfPrefix(alice.node) ? read(rows) : rows
    },
  })
}
