import type { Stream } from '@libp2p/interface'
import { MAX_FRAME_BYTES, PROTOCOLS } from '@intelmesh/protocol'
import { describe, expect, it, vi } from 'vitest'
import {
  type Roster,
  startTestNode,
  startUnguardedNode,
  type TestNode,
  type TestNodeOptions,
  type UnguardedNode,
} from '../../../../test/support/network/mesh.ts'
import { createByteReader } from './byte-reader.ts'
import type { FrameChannel } from './interface.ts'
import { startSyncSessions } from './sync-sessions.ts'
import { deflateFrame } from './zstd.ts'

const signal = (): AbortSignal => AbortSignal.timeout(10_000)

describe(startSyncSessions, () => {
  it('carries frames of every size both ways, and counts their bytes', async () => {
    await using pair = await startPair({ onSync: echo })
    await using channel = await pair.client.network.openSync(pair.server.node, signal())
    let sent = 0
    for (const size of [0, 1, 1_000, 100_000, MAX_FRAME_BYTES]) {
      const frame = crypto.getRandomValues(new Uint8Array(Math.min(size, 65_536)))
      const padded = new Uint8Array(size)
      padded.set(frame.subarray(0, size))
      await channel.send(padded)
      sent += 4 + deflateFrame(padded).length
      expect(await channel.receive(), `${size} bytes`).toEqual(padded)
    }
    expect(channel.bytes).toEqual({ sent, received: sent })
  })

  it('keeps the order of frames sent ahead, with a reader that is slow to start', async () => {
    const start = Promise.withResolvers<void>()
    await using pair = await startPair({
      async onSync(channel) {
        await start.promise
        await echo(channel)
      },
    })
    await using channel = await pair.client.network.openSync(pair.server.node, signal())
    const frames = Array.from({ length: 40 }, (_, i) =>
      crypto.getRandomValues(new Uint8Array(65_536)).fill(i, 0, 4),
    )
    const sending = (async () => {
      for (const frame of frames) await channel.send(frame)
    })()
    // What fills the window waits for the reader: the sender is held back, and nothing is lost.
    const isHeldBack = await Promise.race([sending.then(() => false), nextTurns(200).then(() => true)])
    expect(isHeldBack).toBe(true)
    start.resolve()
    for (const frame of frames) expect(await channel.receive()).toEqual(frame)
    await sending
  })

  it('is over at both ends at once when one breaks it off, whatever the other still does', async () => {
    const ended = Promise.withResolvers<unknown>()
    await using pair = await startPair({
      onSync: (channel) => channel.receive().then(ended.resolve, ended.resolve),
    })
    const channel = await pair.client.network.openSync(pair.server.node, signal())
    channel.abort()
    await channel[Symbol.asyncDispose]()
    expect(await ended.promise).toMatchObject({ code: 'STREAM_CLOSED' })
    await expect(channel.receive()).rejects.toMatchObject({ code: 'STREAM_CLOSED' })
  })

  it('ends both sides cleanly when the opener is done', async () => {
    const ended = vi.fn<() => void>()
    await using pair = await startPair({
      async onSync(channel) {
        await echo(channel)
        ended()
      },
    })
    {
      await using channel = await pair.client.network.openSync(pair.server.node, signal())
      await channel.send(new Uint8Array(3))
      await channel.receive()
    }
    await vi.waitFor(() => expect(ended).toHaveBeenCalledOnce())
  })

  it('sees the end of a session whose handler failed', async () => {
    await using pair = await startPair({
      async onSync(channel) {
        await channel.receive()
        throw new Error('a fault of the server')
      },
    })
    await using channel = await pair.client.network.openSync(pair.server.node, signal())
    await channel.send(new Uint8Array(3))
    await expect(channel.receive()).rejects.toMatchObject({ code: 'STREAM_CLOSED' })
  })

  it('refuses to send a frame beyond the limit, and goes on', async () => {
    await using pair = await startPair({ onSync: echo })
    await using channel = await pair.client.network.openSync(pair.server.node, signal())
    const frame = new Uint8Array(MAX_FRAME_BYTES + 1)
    await expect(channel.send(frame)).rejects.toMatchObject({ code: 'FRAME_TOO_LARGE' })
    await channel.send(new Uint8Array(1))
    expect(await channel.receive()).toEqual(new Uint8Array(1))
  })

  const valid = deflateFrame(new Uint8Array(100))
  it.for([
    ['a length beyond the limit', Uint8Array.of(0xff, 0, 0, 0), 'FRAME_TOO_LARGE'],
    ['a bomb', prefixed(deflateFrame(new Uint8Array(1 << 26))), 'FRAME_TOO_LARGE'],
    ['a byte after the frame', prefixed(Buffer.concat([valid, Buffer.of(0)])), 'FRAME_MALFORMED'],
    ['no zstd', prefixed(new Uint8Array(100)), 'FRAME_MALFORMED'],
    ['an empty frame', prefixed(new Uint8Array(0)), 'FRAME_MALFORMED'],
    ['half a frame and the end', prefixed(valid).subarray(0, 12), 'STREAM_CLOSED'],
    ['half a length and the end', Uint8Array.of(0, 0), 'STREAM_CLOSED'],
  ] as const)('ends a session over %s', async ([, bytes, code]) => {
    await using raw = await startRaw()
    const stream = await raw.open()
    stream.send(bytes)
    await stream.close()
    await vi.waitFor(() => expect(raw.faults).toEqual([code]))
  })

  it.for(['nothing', 'half a frame', 'a byte now and then'])('does not wait for ever on %s', async (what) => {
    await using raw = await startRaw({ settings: { answerMs: 100, frameMs: 100, minFrameRate: 1_000_000 } })
    const stream = await raw.open()
    stream.send(prefixed(valid).subarray(0, what === 'nothing' ? 0 : 6))
    const trickle = setInterval(() => {
      if (what === 'a byte now and then' && stream.status === 'open') stream.send(Uint8Array.of(0))
    }, 20)
    await vi.waitFor(() => expect(raw.faults).toEqual(['STREAM_TIMEOUT']))
    clearInterval(trickle)
  })

  it('does not wait for ever on a peer that reads nothing', async () => {
    const fault = Promise.withResolvers<unknown>()
    await using raw = await startRaw({
      settings: { frameMs: 100, minFrameRate: 100_000_000 },
      async onSync(channel) {
        const frame = crypto.getRandomValues(new Uint8Array(65_536))
        for (;;)
          await channel
            .send(frame)
            .catch((error: unknown) => fault.resolve(error) ?? Promise.reject(error as Error))
      },
    })
    const stream = await raw.open()
    stream.pause()
    expect(await fault.promise).toMatchObject({ code: 'STREAM_TIMEOUT' })
  })

  it('ends a session of tiny frames that holds a place for ever', async () => {
    await using raw = await startRaw({ settings: { sessionGraceMs: 100, minSessionRate: 1_000_000 } })
    const stream = await raw.open()
    const trickle = setInterval(() => stream.status === 'open' && stream.send(prefixed(valid)), 20)
    await vi.waitFor(() => expect(raw.faults).toEqual(['STREAM_TIMEOUT']))
    clearInterval(trickle)
  })

  it('ends a session that lasts too long, however much it moves', async () => {
    await using raw = await startRaw({ settings: { maxSessionMs: 100 } })
    const stream = await raw.open()
    const talk = setInterval(() => stream.status === 'open' && stream.send(prefixed(valid)), 20)
    await vi.waitFor(() => expect(raw.faults).toEqual(['STREAM_TIMEOUT']))
    clearInterval(talk)
  })

  it('lets a peer have four sessions open and no more', async () => {
    await using raw = await startRaw()
    const streams: Stream[] = []
    for (let i = 0; i < 4; i++) streams.push(await raw.open())
    await vi.waitFor(() => expect(raw.served()).toBe(4))
    const fifth = await raw.open()
    await vi.waitFor(() => expect(fifth.status).toBe('reset'))
    expect(raw.served()).toBe(4)
    expect(streams.map(({ status }) => status)).toEqual(['open', 'open', 'open', 'open'])
    await streams[0]?.close()
    await vi.waitFor(async () => {
      const next = await raw.open()
      next.send(prefixed(valid))
      expect(raw.served()).toBeGreaterThan(4)
    })
  })

  it('knows no session with a node that is not connected', async () => {
    await using node = await startTestNode({ roster: new Map(), seed: 1 })
    await expect(node.network.openSync('00'.repeat(32), signal())).rejects.toMatchObject({
      code: 'PEER_NOT_CONNECTED',
    })
  })
})

async function echo(channel: FrameChannel): Promise<void> {
  for (let frame = await channel.receive(); frame !== undefined; frame = await channel.receive()) {
    await channel.send(frame)
  }
}

async function startPair(
  options: Partial<TestNodeOptions>,
): Promise<AsyncDisposable & { readonly client: TestNode; readonly server: TestNode }> {
  const roster: Roster = new Map()
  await using starting = new AsyncDisposableStack()
  const server = starting.use(await startTestNode({ roster, seed: 1, ...options }))
  const client = starting.use(await startTestNode({ roster, seed: 2 }))
  await client.network.dial(server.address, signal())
  await vi.waitFor(() => expect(server.connected).toHaveLength(1))
  const running = starting.move()
  return { client, server, [Symbol.asyncDispose]: () => running.disposeAsync() }
}

interface Raw extends AsyncDisposable {
  readonly faults: (string | undefined)[]
  served(): number
  open(): Promise<Stream>
}

/** A server that reads to the end, and a member with bare streams to it. */
async function startRaw(options: Partial<TestNodeOptions> = {}): Promise<Raw> {
  const roster: Roster = new Map()
  const faults: (string | undefined)[] = []
  let served = 0
  await using starting = new AsyncDisposableStack()
  const server = starting.use(
    await startTestNode({
      roster,
      seed: 1,
      async onSync(channel) {
        served++
        try {
          for (;;) if ((await channel.receive()) === undefined) return
        } catch (error) {
          faults.push((error as { code?: string }).code)
          throw error
        }
      },
      ...options,
    }),
  )
  const member: UnguardedNode = starting.use(await startUnguardedNode({ roster, seed: 2 }))
  await server.network.dial(member.address, signal())
  await vi.waitFor(() => expect(member.libp2p.getConnections()).toHaveLength(1))
  const running = starting.move()
  return {
    faults,
    served: () => served,
    async open() {
      const [connection] = member.libp2p.getConnections()
      const stream = (await connection?.newStream([PROTOCOLS.sync])) as Stream
      createByteReader(stream, 1 << 20)
      return stream
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  }
}

function prefixed(bytes: Uint8Array): Uint8Array {
  const prefix = Buffer.alloc(4)
  prefix.writeUInt32BE(bytes.length)
  return Buffer.concat([prefix, bytes])
}

/** Lets everything that is ready run, so many times over. */
async function nextTurns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve))
}
