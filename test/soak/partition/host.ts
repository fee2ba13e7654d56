import { subscribe } from 'node:diagnostics_channel'
import type { Socket } from 'node:net'
import { loadConfig, startNode } from '@intelmesh/node'
import type { FromHost, ToHost } from './host-process.ts'

/**
 * A process that runs several nodes, each with its own home, store and libp2p. It starts one for each message, tells from which
 * local ports it dials, and ends with the process that forked it.
 */
const tell = (message: FromHost): void => void process.send?.(message)
const nodes = new AsyncDisposableStack()

subscribe('net.client.socket', (message) => {
  const { socket } = message as { readonly socket: Socket }
  socket.once('connect', () => {
    if (socket.localPort !== undefined) tell({ type: 'dialled', localPort: socket.localPort })
  })
})

process.on('message', (message: ToHost) => {
  if (message.type === 'start') void start(message.home, message.settings)
  else void nodes.disposeAsync().finally(() => process.exit(0))
})
process.on('disconnect', () => process.exit(1))

async function start(home: string, settings: Readonly<Record<string, unknown>>): Promise<void> {
  try {
    const flags = Object.entries(settings).map(
      ([name, value]) => [name, { value, flag: `--${name}` }] as const,
    )
    const config = loadConfig({ environment: {}, flags: Object.fromEntries(flags) })
    nodes.use(await startNode({ home, config, passphrase: async () => new Uint8Array() }))
    tell({ type: 'started', home })
  } catch (error) {
    tell({ type: 'failed', home, detail: String(error) })
  }
}
