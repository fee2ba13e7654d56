import { connect, type Socket } from 'node:net'
import type { ConnectionEncrypter, MessageStream } from '@libp2p/interface'
import { noise } from '@libp2p/noise'
import { tcp } from '@libp2p/tcp'
import { yamux } from '@libp2p/yamux'
import { multiaddr } from '@multiformats/multiaddr'
import { createLibp2p } from 'libp2p'
import { decodeAnswer, encodeAnswer, encodeHello, MAX_MEMBERSHIP_BYTES, PROTOCOLS } from '@intelmesh/protocol'
import { describe, expect, it, vi } from 'vitest'
import {
  entry,
  membershipOf,
  type Roster,
  startTestNode,
  type TestNode,
} from '../../../../test/support/network/mesh.ts'
import { createByteReader } from './byte-reader.ts'
import { membershipChannel } from './channel.ts'
import { readLengthsQuietly } from './noise-lengths.ts'
import { readBody, readLength, writePrefixed } from './length-prefix.ts'

const signal = (): AbortSignal => AbortSignal.timeout(10_000)

describe(membershipChannel, () => {
  it.for(['CERT_EXPIRED', 'CERT_REVOKED', 'CERT_SUSPENDED', 'CLUSTER_MISMATCH'])(
    'tells a member that may not come in: %s',
    async (code) => {
      const roster: Roster = new Map()
      await using listener = await startTestNode({ roster, seed: 1 })
      await using member = await startTestNode({ roster, seed: 2 })
      roster.set(member.node, entry([], { code }))
      await expect(member.network.dial(listener.address, signal())).rejects.toMatchObject({ code })
      expect(member.refusals).toMatchObject([{ direction: 'outbound', code, node: listener.node }])
      expect(listener.refusals).toMatchObject([{ direction: 'inbound', code, node: member.node }])
      expect(listener.connected).toEqual([])
    },
  )

  it('lets the dialler refuse the listener', async () => {
    const roster: Roster = new Map()
    await using listener = await startTestNode({ roster: new Map(roster), seed: 1 })
    await using member = await startTestNode({ roster, seed: 2 })
    roster.set(listener.node, entry([], { code: 'CERT_REVOKED' }))
    await using other = await startTestNode({ roster: rosterOf(member), seed: 3, isStranger: true })
    await expect(member.network.dial(other.address, signal())).rejects.toMatchObject({
      code: 'CERT_ROOT_UNKNOWN',
    })
    expect(member.connected).toEqual([])
  })

  it('finds the decoder of Noise where it expects it', async () => {
    const { decoder } = await (async () => {
      const roster: Roster = new Map()
      await using listener = await startTestNode({ roster, seed: 1 })
      const streams: MessageStream[] = []
      await dialRaw(listener, async (stream) => {
        readLengthsQuietly(stream)
        streams.push(stream)
        return ''
      })
      return streams[0] as unknown as {
        readonly decoder: { readonly lengthDecoder: { readonly name: string } }
      }
    })()
    expect(decoder.lengthDecoder.name).toBe('lengthOf')
  })

  it('refuses a certificate whose key is not the one that Noise proved', async () => {
    const roster: Roster = new Map()
    await using listener = await startTestNode({ roster, seed: 1 })
    await using thief = await startTestNode({ roster, seed: 2, isStranger: true })
    // The thief shows the hello of a member.
    const stolen = await membershipOf(roster, new Uint8Array(32).fill(9)).hello()
    expect(await dialRaw(listener, async (stream) => answerTo(stream, encodeHello(stolen)))).toBe(
      'NOT_ADMITTED',
    )
    expect(thief.connected).toEqual([])
  })

  it('holds trust to the key that Noise proved', async () => {
    const roster: Roster = new Map()
    const peer = { node: 'ab'.repeat(32), certificate: '00', notAfter: Date.now() + 3_600_000 }
    await using listener = await startTestNode({
      roster,
      seed: 1,
      judge: async () => ({ admitted: true, peer }),
    })
    await using member = await startTestNode({ roster, seed: 2 })
    await expect(member.network.dial(listener.address, signal())).rejects.toMatchObject({
      code: 'NOT_ADMITTED',
    })
  })

  it('shows no text of a hostile listener', async () => {
    await using member = await startTestNode({ roster: new Map(), seed: 2 })
    for (const [refused, code] of [
      ['cert expired, call 555', 'NOT_ADMITTED'],
      ['PEER_BANNED', 'PEER_BANNED'],
    ] as const) {
      await using listener = await startRaw(
        async () => {},
        async (stream) => {
          await writePrefixed(stream, encodeAnswer({ refused }), signal())
        },
      )
      const [address] = listener.libp2p.getMultiaddrs()
      await expect(member.network.dial(String(address), signal())).rejects.toMatchObject({ code })
    }
  })

  it.for([
    ['a frame beyond the limit', frameOf(MAX_MEMBERSHIP_BYTES + 1)],
    ['a frame of 4 GiB', new Uint8Array(4).fill(0xff)],
    ['garbage', new Uint8Array(16 * 1024).fill(0xa5)],
  ] as const)('hangs up on %s without a word', async ([, bytes]) => {
    await using listener = await startTestNode({ roster: new Map(), seed: 1 })
    const answer = await dialRaw(listener, async (stream) => {
      stream.send(bytes)
      return readAnswer(stream)
    })
    expect(answer).toBe('closed')
    await vi.waitFor(() => expect(listener.refusals).toHaveLength(1))
    expect(listener.connected).toEqual([])
  })

  it('answers a hello that is none as it answers a stranger', async () => {
    await using listener = await startTestNode({ roster: new Map(), seed: 1 })
    expect(await dialRaw(listener, (stream) => answerTo(stream, new Uint8Array(9)))).toBe('NOT_ADMITTED')
  })

  it('runs no muxer, nor any protocol, for who skips the proof', async () => {
    await using listener = await startTestNode({ roster: new Map(), seed: 1, settings: { handshakeMs: 300 } })
    await using skipper = await startRaw(async () => undefined)
    await expect(
      skipper.libp2p.dial(multiaddr(listener.address), { signal: signal() }),
    ).rejects.toThrowError()
    expect(skipper.libp2p.getConnections()).toEqual([])
    await vi.waitFor(() => expect(listener.refusals).toMatchObject([{ code: 'HANDSHAKE_FAILED' }]))
  })

  it.for([0, 1])('cuts off who sends nothing, or a byte now and then (%i)', async (bytes) => {
    await using listener = await startTestNode({ roster: new Map(), seed: 1, settings: { handshakeMs: 200 } })
    const socket = await open(listener)
    const trickle = setInterval(() => socket.write(Buffer.alloc(bytes)), 20)
    await closed(socket)
    clearInterval(trickle)
  })

  it('cuts off who trickles inside the secured channel', async () => {
    await using listener = await startTestNode({ roster: new Map(), seed: 1, settings: { handshakeMs: 300 } })
    const answer = await dialRaw(listener, async (stream) => {
      stream.send(frameOf(1_000).subarray(0, 4))
      const trickle = setInterval(() => stream.status === 'open' && stream.send(new Uint8Array(1)), 20)
      return readAnswer(stream).finally(() => clearInterval(trickle))
    })
    expect(answer).toBe('closed')
  })

  it('gives one host no more than its share of places, and frees them again', async () => {
    const settings = { maxUnprovenPerHost: 2, handshakeMs: 5_000 }
    const roster: Roster = new Map()
    await using listener = await startTestNode({ roster, seed: 1, settings })
    await using member = await startTestNode({ roster, seed: 2 })
    const silent = [await open(listener), await open(listener)]
    const third = await open(listener)
    await closed(third)
    expect(silent.map(({ destroyed }) => destroyed)).toEqual([false, false])
    await expect(member.network.dial(listener.address, signal())).rejects.toMatchObject({
      code: 'DIAL_FAILED',
    })
    for (const socket of silent) socket.destroy()
    await vi.waitFor(() => member.network.dial(listener.address, signal()))
    // A proven peer keeps no place.
    await using another = await startTestNode({ roster, seed: 3 })
    const more = await open(listener)
    await another.network.dial(listener.address, signal())
    more.destroy()
  })

  it('takes only so many bytes from who has proven nothing', async () => {
    const settings = { maxUnprovenBytes: 100, handshakeMs: 600_000 }
    await using listener = await startTestNode({ roster: new Map(), seed: 1, settings })
    const socket = await open(listener)
    socket.write(Buffer.concat([Buffer.of(200, 1), Buffer.alloc(150)]))
    await closed(socket)
  })

  it('refuses the address of another peer', async () => {
    const roster: Roster = new Map()
    await using a = await startTestNode({ roster, seed: 1 })
    await using b = await startTestNode({ roster, seed: 2 })
    await using c = await startTestNode({ roster, seed: 3 })
    const swapped = `${a.address.split('/p2p/')[0]}/p2p/${b.address.split('/p2p/')[1]}`
    await expect(c.network.dial(swapped, signal())).rejects.toMatchObject({ code: 'DIAL_FAILED' })
    await expect(c.network.dial('no address', signal())).rejects.toMatchObject({ code: 'DIAL_FAILED' })
  })
})

function rosterOf(node: TestNode): Roster {
  return new Map([[node.node, entry()]])
}

/** A frame of so many bytes, as the first that a listener reads. */
function frameOf(length: number): Uint8Array {
  const frame = new Uint8Array(4 + length)
  new DataView(frame.buffer).setUint32(0, length)
  return frame
}

async function answerTo(stream: MessageStream, hello: Uint8Array): Promise<string> {
  await writePrefixed(stream, hello, signal())
  return readAnswer(stream)
}

/** What the listener answers, or `closed` when it hangs up instead. */
async function readAnswer(stream: MessageStream): Promise<string> {
  const reader = createByteReader(stream, 1_000)
  try {
    const length = await readLength(reader, 1_000, signal())
    if (length === undefined) return 'closed'
    return decodeAnswer(await readBody(reader, length, signal())).refused ?? 'admitted'
  } catch {
    return 'closed'
  }
}

/** Runs `talk` over what Noise secured, in place of the exchange. */
async function dialRaw(
  listener: TestNode,
  talk: (stream: MessageStream) => Promise<string>,
): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>()
  await using raw = await startRaw(async (stream) => resolve(await talk(stream)))
  await raw.libp2p.dial(multiaddr(listener.address), { signal: signal() }).catch(() => {})
  return promise
}

async function startRaw(talk: (stream: MessageStream) => Promise<void>, answer = talk) {
  const libp2p = await createLibp2p({
    addresses: { listen: ['/ip4/127.0.0.1/tcp/0'] },
    transports: [tcp()],
    connectionEncrypters: [
      (components): ConnectionEncrypter => {
        const inner = noise()(components)
        return {
          protocol: PROTOCOLS.channel,
          async secureInbound(connection, options) {
            const secured = await inner.secureInbound(connection, {
              ...options,
              skipStreamMuxerNegotiation: true,
            })
            await answer(secured.connection)
            return secured
          },
          async secureOutbound(connection, options) {
            const secured = await inner.secureOutbound(connection, {
              ...options,
              skipStreamMuxerNegotiation: true,
            })
            await talk(secured.connection)
            return secured
          },
        }
      },
    ],
    streamMuxers: [yamux()],
  })
  return { libp2p, [Symbol.asyncDispose]: async () => libp2p.stop() }
}

/** A bare connection that says nothing. */
async function open(listener: TestNode): Promise<Socket> {
  const socket = connect(Number(/tcp\/(\d+)/.exec(listener.address)?.[1]), '127.0.0.1')
  // Whoever is cut off is reset.
  socket.on('error', () => {})
  await new Promise((resolve) => socket.once('connect', resolve).once('close', resolve))
  return socket.resume()
}

async function closed(socket: Socket): Promise<void> {
  if (!socket.closed) await new Promise((resolve) => socket.once('close', resolve))
}
