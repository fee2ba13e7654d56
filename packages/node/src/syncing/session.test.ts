import { encodeSyncMessage, type SyncMessage } from '@intelmesh/protocol'
import { describe, expect, it } from 'vitest'
import type { FrameChannel } from '../network/index.ts'
import { expectMessage } from './session.ts'

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
