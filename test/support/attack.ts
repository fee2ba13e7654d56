import type { Compartment } from '@intelmesh/protocol'
import type { RunningNode } from '@intelmesh/node'
import { expect } from 'vitest'
import { verdictOf } from '../../packages/node/src/admission/index.ts'
import { type Attacker, startAttacker } from './attacker.ts'
import { eventually } from './eventually.ts'
import { type AcoKeys, batchOf, readAcoKeys } from './forge.ts'
import { type MemberDraft, type Mesh, startMesh } from './mesh.ts'

/** Makes what an attacker sends. */
export type Forge = (attacker: Attacker) => Promise<Uint8Array> | Uint8Array

/** A mesh whose one member is attacked by another, while others look on. */
export interface Siege extends AsyncDisposable {
  readonly mesh: Mesh
  readonly aco: AcoKeys
  readonly victim: RunningNode
  readonly others: readonly RunningNode[]
  readonly attackers: AttackerPool
}

/** Starts an ACO, the victim `alpha` and its neighbour `beta`. */
export async function laySiege(): Promise<Siege> {
  await using starting = new AsyncDisposableStack()
  const mesh = starting.use(await startMesh({ members: ['alpha', 'beta'] }))
  const victim = mesh.node('alpha')
  const attackers = starting.use(attackersOf(mesh, victim))
  const aco = await readAcoKeys(mesh.home('aco'))
  const started = starting.move()
  const others = [mesh.node('beta')]
  return { mesh, aco, victim, others, attackers, [Symbol.asyncDispose]: () => started.disposeAsync() }
}

let newcomers = 0

/** A new member of the mesh, with code of its own, connected to `victim`. */
export async function newAttacker(
  mesh: Mesh,
  victim: RunningNode,
  draft: Partial<MemberDraft> = {},
): Promise<Attacker> {
  const name = `mallory ${++newcomers}`
  await mesh.enrol({ name, ...draft })
  return startAttacker({ home: mesh.home(name), victim: victim.addresses[0] as string })
}

/** Attackers, one after the other: each is used until what it did has nearly had it cut off. */
export interface AttackerPool extends AsyncDisposable {
  next(): Promise<Attacker>
}

/** Far enough above the score at which a peer is banned that one more offence is seen as a lower score. */
const SPENT_SCORE = -1500

function attackersOf(mesh: Mesh, victim: RunningNode): AttackerPool {
  const used = new AsyncDisposableStack()
  let current: Attacker | undefined
  return {
    async next() {
      if (current !== undefined && (await scoreOf(victim, current.node)) > SPENT_SCORE) return current
      return (current = used.use(await newAttacker(mesh, victim)))
    },
    [Symbol.asyncDispose]: () => used.disposeAsync(),
  }
}

/** The codes that a node wrote down about a peer, oldest first. */
export async function codesOf(victim: RunningNode, from: string): Promise<readonly string[]> {
  const rows = await victim.api.quarantine({ limit: 10_000 })
  return rows
    .filter((row) => row.from === from)
    .map(({ code }) => code)
    .reverse()
}

/** What the node thinks of a peer, or `-Infinity` once it cut the peer off. */
export async function scoreOf(victim: RunningNode, node: string): Promise<number> {
  const peers = await victim.api.peers()
  return peers.find((peer) => peer.node === node)?.score ?? -Infinity
}

async function recordsOf(node: RunningNode): Promise<number> {
  return (await node.api.status()).records
}

/**
 * Has the attacker gossip what is to be refused with `code`, and checks that it is, that no node stores anything of it, that it costs
 * the sender score if it is provably bad and nothing if it is not, and that the victim goes on serving the sender and others.
 */
export async function expectRefusal(
  { victim, others }: Pick<Siege, 'victim' | 'others'>,
  {
    attacker,
    send,
    code,
    action = verdictOf(code).action,
  }: {
    readonly attacker: Attacker
    readonly send: () => Promise<void>
    readonly code: string
    /** @default what the code stands for in a batch */
    readonly action?: 'accept' | 'ignore' | 'reject'
  },
): Promise<void> {
  const all = [victim, ...others]
  const score = await scoreOf(victim, attacker.node)
  const noted = (await codesOf(victim, attacker.node)).length
  const before = await Promise.all(all.map(recordsOf))
  await send()
  await eventually(async () => expect((await codesOf(victim, attacker.node)).slice(noted)).toContain(code))
  await expectServed(all, attacker)
  // What it sent to see whether it is served, and nothing else.
  expect(await Promise.all(all.map(recordsOf))).toEqual(before.map((count) => count + 1))
  const cost = score - (await scoreOf(victim, attacker.node))
  if (action === 'reject') expect(cost, 'what it cost').toBeGreaterThan(50)
  else expect(cost, 'what it cost').toBeLessThan(1)
}

/** Has the attacker send a batch that is in order, which all nodes are to take: whatever it sent before is judged by then. */
export async function expectServed(nodes: readonly RunningNode[], attacker: Attacker): Promise<void> {
  const compartment: Compartment = 'green'
  const { bytes, ids } = await batchOf(attacker.author)
  await attacker.gossip(compartment, bytes)
  await Promise.all(nodes.map((node) => eventually(() => node.api.show(ids[0] as string))))
}
