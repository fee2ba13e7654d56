import type { MessageStream, StreamMuxerFactory } from '@libp2p/interface'
import { yamux, type YamuxMuxerInit } from '@libp2p/yamux'

/** A muxer of yamux 8.0, which keeps to itself how it makes streams. */
interface Muxer {
  _newStream?: (...args: unknown[]) => WindowedStream
}

/** The receiving side of a stream. */
export interface WindowedStream {
  readonly state: number
  /** Bytes that the sender may have under way in all, and those that it has left. */
  readonly recvWindow: number
  readonly recvWindowCapacity: number
  /** Gives the sender its whole window back, and flags that are due. */
  sendWindowUpdate(): void
}

/** States in which a stream owes its peer a flag. */
const OPENING: ReadonlySet<number> = new Set([0, 2])

/**
 * Yamux that gives a sender its window back once half of it is used. By itself it answers every frame of data with a frame of its
 * own: for what is gossiped, in small messages, as many packets again. And it ends a connection on which nothing has come for `silentMs`: each
 * side asks for a sign of life four times as often, and by itself does nothing when none comes.
 */
export function quietYamux({
  silentMs,
  ...init
}: YamuxMuxerInit & { readonly silentMs: number }): () => StreamMuxerFactory {
  return () => {
    const factory = yamux({ keepAliveInterval: silentMs / 4, ...init })()
    const create = factory.createStreamMuxer.bind(factory)
    factory.createStreamMuxer = (connection) => {
      const muxer = create(connection)
      endWhenSilent(connection, silentMs)
      const inside = muxer as unknown as Muxer
      const newStream = inside._newStream?.bind(muxer)
      if (newStream !== undefined) inside._newStream = (...args) => updateByHalves(newStream(...args))
      return muxer
    }
    return factory
  }
}

/**
 * Ends a connection on which nothing has come for so long. A network that swallows everything tells neither side, and what would be sent
 * meanwhile piles up, for the peer to take all of it at once, late, and from all at a time.
 */
function endWhenSilent(connection: MessageStream, silentMs: number): void {
  let [heardAt, lookedAt] = [performance.now(), performance.now()]
  connection.addEventListener('message', () => void (heardAt = performance.now()))
  const timer = setInterval(() => {
    const now = performance.now()
    // A process that slept has not listened.
    if (now - lookedAt > silentMs / 2) heardAt = now
    else if (now - heardAt >= silentMs) connection.abort(new Error('nothing has come for too long'))
    lookedAt = now
  }, silentMs / 4)
  timer.unref()
  connection.addEventListener('close', () => clearInterval(timer))
}

/**
 * Has the stream keep back an update that its sender does not wait for. One on a connection that has closed underneath is not sent,
 * and no error: the stream hears of its end by itself, and whoever resumes it may be a timer, with nobody to catch.
 */
export function updateByHalves<T extends WindowedStream>(stream: T): T {
  const sendWindowUpdate = stream.sendWindowUpdate.bind(stream)
  stream.sendWindowUpdate = () => {
    if (!OPENING.has(stream.state) && stream.recvWindowCapacity > stream.recvWindow / 2) return
    try {
      sendWindowUpdate()
    } catch (error) {
      if ((error as Error).name !== 'StreamStateError') throw error
    }
  }
  return stream
}
