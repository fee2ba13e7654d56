import { respond } from '../../packages/node/src/syncing/respond.ts'
import { openBenchNode } from './bench-node.ts'
import { openExtra } from './extra-records.ts'
import { messageChannel } from './message-channel.ts'
import { syncSide } from '../support/sync-side.ts'

/** What the other side of a reconciliation is to hold. */
export interface Peering {
  /** Folder of its store. */
  readonly path: string
  readonly seed: string
  readonly cache: string
}

// Started by strain.ts with its task as argument: answers one session whenever it is told to, until it is ended.
const { path, seed, cache } = JSON.parse(process.argv[2] ?? '') as Peering
const extra = await openExtra({ seed, cache }, 'peer')
const node = await openBenchNode(extra, path)
await node.ingest(extra.batches())
process.on('message', (message: { readonly session: number; readonly frame?: Uint8Array }) => {
  if (message.frame === undefined) void answer(message.session)
})
process.send?.('ready')

async function answer(session: number): Promise<void> {
  await using channel = messageChannel(process, session)
  await respond(syncSide(node), channel)
}
