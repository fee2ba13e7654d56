import { encodeSyncMessage, type SyncMessage } from '@intelmesh/protocol'
import { describe, expect, it } from 'vitest'
import { codeWhen } from '../../../../test/support/authority/test-newcomer.ts'
import { nativeCrypto } from '../crypto/index.ts'
import type { FrameChannel } from '../network/index.ts'
import { StoreError } from '../store/index.ts'
import { expectMessage, type SyncComponents, type Taken, takeItems } from './session.ts'

function channelOf(message: SyncMessage | undefined): FrameChannel {
  const frame = message === undefined ? undefined : encodeSyncMessage(message)
  return { receive: async () => frame } as Partial<FrameChannel> as FrameChannel
}

describe(expectMessage, () => {
  it('gives the message that is due', async () => {
    expect(await expectMessage(channelOf({ type: 'taken' }), 'taken')).toEqual({ type: 'taken' })
  })

  it('calls another message a breach', async () => {
    const answer = expectMessage(channelOf({ type: 'taken' }), 'hello')
    await expect(answer).rejects.toMatchObject({ code: 'SYNC_MALFORMED' })
  })

  it('does not call it a breach when a peer that dies leaves the stream at its end', async () => {
    await expect(expectMessage(channelOf(undefined), 'hello')).rejects.toMatchObject({
      code: 'STREAM_CLOSED',
    })
  })
})

describe(takeItems, () => {
  it('tells of what the disk did not take before it fails', async () => {
    const told: [string, Taken][] = []
    const outcomes = [
      { action: 'accept', code: 'ACCEPTED', refused: [], stored: Promise.resolve(['aa']) },
      {
        action: 'accept',
        code: 'ACCEPTED',
        refused: [],
        stored: Promise.reject(new StoreError('STORE_FULL', 'no room')),
      },
    ]
    const components = {
      crypto: nativeCrypto,
      admission: { admitItem: async () => outcomes.shift() },
      onTaken: (set: string, taken: Taken) => told.push([set, taken]),
    } as unknown as SyncComponents
    const item = { form: 'record', bytes: new Uint8Array(1) } as const
    const peer = { node: 'bob', certificate: '', notAfter: Infinity }
    expect(await codeWhen(takeItems(components, 'green', [item, item], { kind: 'asked', peer }))).toBe(
      'STORE_FULL',
    )
    const skips = [{ code: 'STORE_FULL' }]
    expect(told).toEqual([['green', { received: 1, skipped: { STORE_FULL: 1 }, skips }]])
  })
})
