import type { Socket } from 'node:net'
import type { MessageStream } from '@libp2p/interface'

/** A connection of libp2p's TCP transport, which keeps its socket to itself. */
interface SocketConnection extends MessageStream {
  readonly socket?: Socket
  sendData(bytes: unknown): unknown
}

/**
 * Hands a socket in one piece what is written to it in one turn. Noise gives length, ciphertext and tag of each frame
 * by themselves, and a forwarded message is two frames or more: each would be a system call, and a packet.
 */
export function gatherWrites(connection: MessageStream): void {
  const { socket } = connection as SocketConnection
  if (socket === undefined) return
  const target = connection as SocketConnection
  const sendData = target.sendData.bind(target)
  let isCorked = false
  target.sendData = (bytes) => {
    if (!isCorked) {
      isCorked = true
      socket.cork()
      process.nextTick(() => {
        isCorked = false
        socket.uncork()
      })
    }
    return sendData(bytes)
  }
}
