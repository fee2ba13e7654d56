import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { SyncSet } from '@intelmesh/protocol'
import { lookupValues } from '../../packages/node/src/query/lookup.ts'
import { initiate } from '../../packages/node/src/syncing/initiate.ts'
import type { BenchNode } from './bench-node.ts'
import { messageChannel } from './message-channel.ts'
import type { Peering } from './peer-process.ts'
import { syncSide } from '../support/sync-side.ts'

/** Reads every record of a node once, in pages. @returns how many there were */
export async function scanAll({ store }: BenchNode): Promise<number> {
  let count = 0
  for (let afterSequence = 0; ;) {
    const page = await store.queryRecords({ afterSequence, limit: PAGE, plainOnly: false })
    if (page.length === 0) return count
    count += page.length
    afterSequence = page.at(-1)?.sequence ?? Infinity
  }
}

/** Looks values up as the API does, some hundreds at a time. @returns how many were known */
export async function lookUpAll({ query }: BenchNode, values: readonly string[]): Promise<number> {
  let known = 0
  for (let from = 0; from < values.length; from += TOGETHER)
    for (const { hits } of await lookupValues(query, values.slice(from, from + TOGETHER)))
      if (hits.length > 0) known += 1
  return known
}

/**
 * Reconciles a node with one in another process, and waits until their sets are equal.
 *
 * @returns how many records each side had got from the other
 */
export async function reconcileAll(
  node: BenchNode,
  peering: Peering,
): Promise<{ readonly received: number; readonly sent: number }> {
  const child = fork(SCRIPT, [JSON.stringify(peering)], {
    execArgv: ['--conditions=source'],
    serialization: 'advanced',
  })
  await using stopping = new AsyncDisposableStack()
  stopping.defer(() => void child.kill('SIGKILL'))
  await once(child, 'message')
  let [received, sent] = [0, 0]
  for (let session = 0; session < MAX_SESSIONS; session++) {
    await using channel = messageChannel(child, session)
    child.send({ session })
    const outcome = await initiate(syncSide(node), channel, SET)
    if (outcome.wasEqual) return { received, sent }
    received += outcome.received
    sent += outcome.sent
  }
  throw new Error('two sets did not become equal')
}

const SCRIPT = fileURLToPath(new URL('./peer-process.ts', import.meta.url))
const SET: SyncSet = 'green'
const PAGE = 500
const TOGETHER = 500
const MAX_SESSIONS = 8
