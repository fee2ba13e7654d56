import { SYNC_SETS, type SyncSet } from '@intelmesh/protocol'
import { NetworkError, type PeerIdentity } from '../../packages/node/src/network/index.ts'
import { initiate, type SessionOutcome } from '../../packages/node/src/syncing/initiate.ts'
import { respond } from '../../packages/node/src/syncing/respond.ts'
import { compartmentOfSet } from '../../packages/node/src/syncing/session.ts'
import { createStream, type Passage } from './channel.ts'
import type { GossipComponents } from './gossip.ts'
import type { Node, Running } from './node.ts'

/** Reconciliation of two nodes, as the program's scheduler has it done. */
export interface Visits {
  /** Compares every set with another node, control first. Gives whether all were equal, or ends with why it could not be told. */
  visit(from: Node, to: Node): Promise<boolean>
  /** Forgets the visits of a process that has ended. */
  gone(node: Node): void
}

const CONTROL: readonly SyncSet[] = ['control', 'register']
const DATA: readonly SyncSet[] = SYNC_SETS.filter((set) => !CONTROL.includes(set))
/** A set is compared again in one visit while it changes, so often at most. */
const MAX_REPEATS = 3

export function createVisits(components: Omit<GossipComponents, 'nudge'>): Visits {
  const { timeline, chance, links, nodes, connections, spawn, accuse } = components
  const visits = new Set<string>()

  async function session(from: Node, to: Node, set: SyncSet): Promise<SessionOutcome> {
    const connection = connections.of(from, to)
    const [a, b] = [from.running, to.running]
    if (connection === undefined || a === undefined || b === undefined)
      throw new NetworkError('STREAM_CLOSED', 'not connected')
    const names = [from.name, to.name] as const
    const passage: Passage = (side) => {
      if (links.isCut(names[side], names[1 - side] as string)) return 'lost'
      return chance.isTrue(links.breaks) ? 'break' : chance.between(...links.delay)
    }
    const stream = createStream(timeline, passage, [
      { owner: a.owner, peer: connection.peers.get(to.name) as PeerIdentity },
      { owner: b.owner, peer: connection.peers.get(from.name) as PeerIdentity },
    ])
    connection.streams.add(stream)
    const [near, far] = stream.ends
    const serve = async (): Promise<void> => {
      await using channel = far
      await respond(
        { ...heedful(to, b), isReady: () => b.isReady, refuse: () => undefined, onLacking: () => undefined },
        channel,
      )
    }
    spawn('session', to, serve())
    try {
      return await initiate(heedful(from, a), near, set)
    } finally {
      await near[Symbol.asyncDispose]()
      connection.streams.delete(stream)
    }
  }

  function heedful(at: Node, { sync }: Running): Running['sync'] {
    const blame = (peer: string, code: string): void => accuse(at, peer, code)
    return { ...sync, penalise: blame, onBreach: blame }
  }

  async function compareAll(from: Node, to: Node, sets: readonly SyncSet[]): Promise<boolean> {
    let isEqual = true
    for (const set of sets) {
      if (from.running?.maySee(to.member.keyId, compartmentOfSet(set)) !== true) continue
      let outcome = await session(from, to, set)
      for (let i = 0; i < MAX_REPEATS && !outcome.wasEqual && outcome.received + outcome.sent > 0; i++)
        outcome = await session(from, to, set)
      isEqual &&= outcome.wasEqual
    }
    return isEqual
  }

  return {
    async visit(from, to) {
      const name = nameOf(from, to)
      const process = from.running
      if (process === undefined || visits.has(name) || connections.of(from, to) === undefined) return false
      visits.add(name)
      try {
        const isAgreed = await compareAll(from, to, CONTROL)
        process.isReady ||= isAgreed
        return process.isReady && (await compareAll(from, to, DATA)) && isAgreed
      } finally {
        visits.delete(name)
      }
    },
    gone(node) {
      for (const peer of nodes()) visits.delete(nameOf(node, peer))
    },
  }
}

function nameOf(from: Node, to: Node): string {
  return `${from.name} to ${to.name}`
}
