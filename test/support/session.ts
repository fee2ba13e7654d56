import type { Opening, Summary, SyncMessage, SyncSet } from '@intelmesh/protocol'
import { expect } from 'vitest'
import { EMPTY_SET } from '../protocol/trees.ts'
import type { Attacker, AttackerSession } from './attacker.ts'

/** Opens a session over a set of which the attacker says that it has nothing. */
export async function open(attacker: Attacker, set: SyncSet): Promise<AttackerSession> {
  const session = await attacker.openSession()
  await session.send({ type: 'open', opening: openingOf(set, EMPTY_SET) })
  expect(await session.receive()).toMatchObject({ type: 'open', opening: { set } })
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
  await session.send({ type: 'done' })
  return answer
}

/** An opening that promises a set. */
export function openingOf(set: SyncSet, { root }: { readonly root: Summary }): Opening {
  return { set, asOf: Math.floor(Date.now() / 3_600_000), ...root }
}
