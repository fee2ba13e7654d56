import { openBatch, type SyncItem, toHex } from '@intelmesh/protocol'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createTestAco, type TestAco } from '../../../../test/support/authority/test-aco.ts'
import { nativeCrypto } from '../crypto/index.ts'
import { createTestNode, type TestNode } from '../testing/test-node.ts'
import { indicatorText, loneItems, requestOf } from '../testing/test-objects.ts'
import { skippedIn } from './skipped.ts'

let aco: TestAco
let alice: TestNode
let item: SyncItem
let batch: Uint8Array
/** Record ids, in the order of the batch. */
let ids: readonly string[]

beforeEach(async () => {
  aco = await createTestAco()
  alice = await createTestNode(aco, 'alice')
  await alice.publisher.publish(requestOf(['a', 'b', 'c'].map((name) => indicatorText(name))))
  batch = alice.announced[0]?.batch as Uint8Array
  item = { form: 'batch', bytes: batch }
  ids = openBatch(nativeCrypto, batch).leafHashes.map(toHex)
})

afterEach(async () => {
  await alice[Symbol.asyncDispose]()
  await aco[Symbol.asyncDispose]()
})

describe(skippedIn, () => {
  it('names every record of a batch that was refused as a whole', () => {
    const refused = { action: 'ignore', code: 'CERT_UNKNOWN', refused: [] } as const
    expect(skippedIn(nativeCrypto, 'green', item, refused)).toEqual(
      ids.map((id) => ({ id, code: 'CERT_UNKNOWN' })),
    )
  })

  it('names the records of an accepted batch that were refused by themselves', () => {
    const refused = [
      { index: 2, code: 'RECORD_EXPIRED' },
      { index: 0, code: 'DUPLICATE' },
    ]
    const judged = { action: 'accept', code: 'ACCEPTED', refused } as const
    expect(skippedIn(nativeCrypto, 'green', item, judged)).toEqual([{ id: ids[2], code: 'RECORD_EXPIRED' }])
  })

  it('names a record that came alone', () => {
    const lone = loneItems(batch)[1] as SyncItem
    const judged = { action: 'ignore', code: 'QUOTA', refused: [] } as const
    expect(skippedIn(nativeCrypto, 'green', lone, judged)).toEqual([{ id: ids[1], code: 'QUOTA' }])
  })

  it('passes over what was taken, or is held already', () => {
    for (const judged of [
      { action: 'accept', code: 'ACCEPTED', refused: [] },
      { action: 'ignore', code: 'DUPLICATE', refused: [] },
    ] as const)
      expect(skippedIn(nativeCrypto, 'green', item, judged)).toEqual([])
  })

  it('tells the code alone of what cannot be read', () => {
    const judged = { action: 'reject', code: 'CBOR_MALFORMED', refused: [] } as const
    for (const form of ['batch', 'record', 'header'] as const)
      expect(skippedIn(nativeCrypto, 'green', { form, bytes: new Uint8Array(9) }, judged)).toEqual([
        { code: 'CBOR_MALFORMED' },
      ])
  })

  it('tells no id of another compartment than that of the session', () => {
    const judged = { action: 'ignore', code: 'NOT_ENTITLED', refused: [] } as const
    for (const each of [item, loneItems(batch)[0] as SyncItem])
      for (const skip of skippedIn(nativeCrypto, 'clear', each, judged))
        expect(skip).toEqual({ code: 'NOT_ENTITLED' })
  })
})
