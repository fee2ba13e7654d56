import type { ChildProcess } from 'node:child_process'
import type { FrameChannel } from '../../packages/node/src/network/index.ts'

/** What sends and hears messages: a process that was started, or the one that started it. */
type Port = ChildProcess | NodeJS.Process

/** A frame, and the session that it is of: its end may come when the next one has begun. No bytes are the end. */
interface Message {
  readonly session: number
  readonly frame: Uint8Array
}

/** The end of a stream of frames between two processes, for one session. */
export function messageChannel(port: Port, session: number): FrameChannel {
  const waiting: Uint8Array[] = []
  const bytes = { sent: 0, received: 0 }
  let isEnded = false
  let wake = (): void => undefined
  const hear = (message: unknown): void => {
    if (!isMessage(message) || message.session !== session) return
    if (message.frame.length === 0) isEnded = true
    else waiting.push(message.frame)
    wake()
  }
  port.on('message', hear)
  const put = (frame: Uint8Array): Promise<void> =>
    new Promise((resolve, reject) =>
      port.send?.({ session, frame }, undefined, {}, (error) => (error === null ? resolve() : reject(error))),
    )
  return {
    peer: { node: 'peer', certificate: '', notAfter: Infinity },
    bytes,
    async send(frame) {
      bytes.sent += frame.length
      await put(frame)
    },
    async receive() {
      while (waiting.length === 0 && !isEnded) await new Promise<void>((resolve) => (wake = resolve))
      const frame = waiting.shift()
      bytes.received += frame?.length ?? 0
      return frame
    },
    abort: () => void put(new Uint8Array(0)),
    async [Symbol.asyncDispose]() {
      port.off('message', hear)
      await put(new Uint8Array(0))
    },
  }
}

function isMessage(message: unknown): message is Message {
  return typeof message === 'object' && message !== null && 'frame' in message
}
