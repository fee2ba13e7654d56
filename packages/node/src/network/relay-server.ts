import type { Connection, Libp2p, Stream } from '@libp2p/interface'
import { NetworkError } from './errors.ts'
import { joinStreams } from './join-streams.ts'
import type { LivePeer, Peers } from './peers.ts'
import { isRelayed } from './relay-address.ts'
import {
  readAnswer,
  readPeer,
  RELAY_PROTOCOL,
  RELAYED_PROTOCOL,
  writeAnswer,
  writePeer,
} from './relay-messages.ts'
import type { NetworkSettings } from './settings.ts'
import { createThrottle } from './throttle.ts'

export type RelaySettings = Pick<
  NetworkSettings,
  'handshakeMs' | 'maxPlaces' | 'maxCircuits' | 'relayBytesPerSecond' | 'relayBurstBytes'
>

export interface RelayComponents {
  readonly libp2p: Libp2p
  readonly peers: Pick<Peers, 'find'>
}

/**
 * Passes bytes on for members that cannot be reached. A member has one place, for as long as its stream for it is open;
 * others ask to be connected with it. What passes is a connection of theirs, encrypted end to end, to which this node
 * is a wire: it proves its own membership for its own hops alone.
 *
 * @see docs/spec/wire.md, "Relays"
 */
export async function startRelay({ libp2p, peers }: RelayComponents, settings: RelaySettings): Promise<void> {
  const places = new Map<string, Stream>()
  /** Circuits of each member, and of each caller with whom it calls. */
  const circuits = new Map<string, number>()
  const throttle = createThrottle(
    { bytesPerSecond: settings.relayBytesPerSecond, burstBytes: settings.relayBurstBytes },
    Date.now,
  )

  async function serve(stream: Stream, connection: Connection): Promise<void> {
    const id = connection.remotePeer.toString()
    // A place behind another relay, or a way through two, would let one member charge another.
    if (peers.find(id)?.connection.id !== connection.id || isRelayed(connection.remoteAddr))
      throw new NetworkError('NOT_ADMITTED', 'expected a member that is connected directly')
    const signal = AbortSignal.timeout(settings.handshakeMs)
    const target = await readPeer(stream, signal)
    const code = target === undefined ? givePlace(id, stream) : await connect(id, target, stream, signal)
    if (code === undefined) return
    await writeAnswer(stream, { refused: code }, signal)
    await stream.close({ signal })
  }

  function givePlace(id: string, stream: Stream): string | undefined {
    const held = places.get(id)
    if (held === undefined && places.size >= settings.maxPlaces) return 'RELAY_FULL'
    places.set(id, stream)
    held?.abort(new NetworkError('STREAM_CLOSED', 'a newer request for a place takes its place'))
    stream.addEventListener('close', () => {
      if (places.get(id) === stream) places.delete(id)
    })
    // The other side closes its stream to give the place back.
    stream.addEventListener('end', () =>
      stream.abort(new NetworkError('STREAM_CLOSED', 'the place is given back')),
    )
    void writeAnswer(stream, {}, AbortSignal.timeout(settings.handshakeMs)).catch((fault: Error) =>
      stream.abort(fault),
    )
    return undefined
  }

  async function connect(
    source: string,
    target: string,
    stream: Stream,
    signal: AbortSignal,
  ): Promise<string | undefined> {
    const peer = peers.find(target)
    if (peer === undefined || !places.has(target) || source === target) return 'RELAY_NO_PLACE'
    const pair = `${source} ${target}`
    const isFull = (of: string, most: number): boolean => (circuits.get(of) ?? 0) >= most
    if (isFull(source, settings.maxCircuits) || isFull(target, settings.maxCircuits)) return 'RELAY_BUSY'
    // One caller must not take all the circuits of another.
    if (isFull(pair, MAX_OF_PAIR)) return 'RELAY_BUSY'
    const counted = [source, target, pair]
    for (const of of counted) circuits.set(of, (circuits.get(of) ?? 0) + 1)
    stream.addEventListener('close', () => counted.forEach(freeCircuit), { once: true })
    const onward = await call(peer, source, signal).catch(() => undefined)
    if (onward === undefined) return 'RELAY_NO_ANSWER'
    try {
      await writeAnswer(stream, {}, signal)
    } catch (fault) {
      onward.abort(fault as Error)
      throw fault
    }
    // Who calls pays both ways: what is called answers, and must be left its own rate for its own calls.
    const charge = (bytes: number): number => throttle.take(source, bytes)
    joinStreams(stream, onward, { a: charge, b: charge })
    return undefined
  }

  function freeCircuit(of: string): void {
    const left = (circuits.get(of) ?? 1) - 1
    if (left === 0) circuits.delete(of)
    else circuits.set(of, left)
  }

  await libp2p.handle(
    RELAY_PROTOCOL,
    (stream, connection) => void serve(stream, connection).catch((fault: Error) => stream.abort(fault)),
    { maxInboundStreams: settings.maxCircuits + 1 },
  )
}

/** Circuits from one member to another: one connection, and the next one before the relay hears of its end. */
const MAX_OF_PAIR = 2

/** Tells who has a place that somebody is calling. */
async function call({ connection }: LivePeer, source: string, signal: AbortSignal): Promise<Stream> {
  const stream = await connection.newStream([RELAYED_PROTOCOL], { signal })
  try {
    await writePeer(stream, source, signal)
    await readAnswer(stream, signal)
    return stream
  } catch (fault) {
    stream.abort(fault as Error)
    throw fault
  }
}
