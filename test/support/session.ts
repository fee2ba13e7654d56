import type { Summary, SyncHello, SyncMessage, SyncSet } from '@intelmesh/protocol'
import { EMPTY_SET } from '../protocol/trees.ts'
import type { Attacker, AttackerSession } from './attacker.ts'

/** Opens a session over a set of which the attacker says that it has nothing. */
export async function open(attacker: Attacker, set: SyncSet): Promise<AttackerSession> {
  const session = await attacker.openSession()
  await session.send({ type: 'hello', hello: helloOf(set, EMPTY_SET) })
  const answer = await session.receive()
  if (answer?.type !== 'hello' && answer?.type !== 'same')
    throw new Error(`expected a session over ${set}, got ${JSON.stringify(answer)}`)
  return session
}

/** Opens a session, says one thing, and gives the answer. */
export async function exchange(
  attacker: Attacker,
  set: SyncSet,
  message: SyncMessage,
): Promise<SyncMessage | undefined> {
  await using session = await open(attacker, set)
  await session.send(message)
  const answer = await session.receive()
  return answer
}

/** A hello that promises a set. */
export function helloOf(set: SyncSet, { root }: { readonly root: Summary }): SyncHello {
  return { set, asOf: Math.floor(Date.now() / 3_600_000), floor: 0, ...root, more: {} }
}
