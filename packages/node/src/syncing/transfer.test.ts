import { encodeSyncMessage, MAX_DIFFERENCE, MAX_ITEMS, type SyncItem } from '@intelmesh/protocol'
import { describe, expect, it } from 'vitest'
import { codeWhen } from '../../../../test/support/authority/test-newcomer.ts'
import type { FrameChannel } from '../network/index.ts'
import type { SyncComponents } from './session.ts'
import { createTransfer } from './transfer.ts'

const BUCKET = { path: '', digest: new Uint8Array(32) }

describe(createTransfer, () => {
  it('takes no more of one bucket than a session finds, whatever the peer says is in it', async () => {
    const { transfer, judged } = setUp(MAX_ITEMS, true)
    expect(await codeWhen(transfer.fetch([{ ...BUCKET, count: 2 ** 40 }]))).toBe('SYNC_LIMIT')
    expect(judged()).toBe(MAX_DIFFERENCE)
  })

  it('takes no message that brings nothing and says that more follow', async () => {
    expect(await codeWhen(setUp(0, true).transfer.fetch([{ ...BUCKET, count: 100 }]))).toBe('SYNC_MALFORMED')
  })

  it.for([
    [17, 1, true],
    [16, 1, false],
    [100, 6, true],
    [100, 7, false],
    [100, 100, false],
  ] as const)(
    'counts what a peer that shows %i ids and gives %i withholds',
    async ([count, given, withheld]) => {
      const { transfer } = setUp(given, false)
      await transfer.fetch([{ ...BUCKET, count }])
      expect(transfer.tally).toMatchObject({ missing: count - given, withheld })
    },
  )
})

/** After so many the peer ends the stream. */
const MANY_MESSAGES = 1000

/** A transfer from a peer that answers whatever it is asked with so many records, over and over where there are more. */
function setUp(given: number, more: boolean) {
  let judged = 0
  let received = 0
  const items = Array<SyncItem>(given).fill({ form: 'record', bytes: new Uint8Array(1) })
  const answer = encodeSyncMessage({ type: 'items', more, items })
  const components = {
    sweeper: { asOf: 1 },
    admission: {
      async admitItem() {
        judged++
        return { action: 'accept', code: 'ACCEPTED', refused: [], stored: Promise.resolve([]) }
      },
    },
  } as unknown as SyncComponents
  const channel = {
    peer: { node: 'liar' },
    send: async () => undefined,
    receive: async () => (received++ < MANY_MESSAGES ? answer : undefined),
  } as unknown as FrameChannel
  return { transfer: createTransfer(components, channel, 'green'), judged: () => judged }
}
