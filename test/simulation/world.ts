import { BEACON, codeOf, encodeControl, parseSign1, toHex } from '@intelmesh/protocol'
import type { Chance } from './chance.ts'

import { type Chronicle, createChronicle } from './chronicle.ts'
import type { Foundation, Member } from './foundation.ts'
import { type Connections, createConnections } from './connections.ts'
import { createGossip } from './gossip.ts'
import { createLinks, type Links } from './links.ts'
import { createVisits, type Visits } from './visits.ts'
import { createPromises, type Promises } from './promises.ts'
import type { Violation } from './violation.ts'
import { createNode, type Node, type Outlet, type Running } from './node.ts'
import type { Timeline } from './timeline.ts'

/** Everything that a run is about. */
export interface World {
  readonly timeline: Timeline
  readonly chance: Chance
  readonly links: Links
  readonly connections: Connections
  readonly visits: Visits
  /** The ACO's first. */
  readonly nodes: readonly Node[]
  readonly chronicle: Chronicle
  readonly promises: Promises
  readonly violations: Violation[]
  /** Work that has not ended, and whose it is. */
  readonly work: ReadonlyMap<
    Promise<unknown>,
    { readonly what: string; readonly process: Running | undefined }
  >
  /** Members that have no node yet. */
  readonly newcomers: Member[]
  join(member: Member): Node
  spawn(what: string, at: Node, work: Promise<unknown>): void
  /** Starts a node, and writes down what it says to that. */
  start(node: Node): void
  kill(node: Node): void
  /** Ends what others have with a node. */
  leave(node: Node): void
  readonly log: (text: string) => void
}

export interface WorldComponents {
  readonly foundation: Foundation
  readonly timeline: Timeline
  readonly chance: Chance
  readonly log: (text: string) => void
}

/** A world of some nodes, none of which runs yet. */
export function createWorld({ foundation, timeline, chance, log }: WorldComponents, size: number): World {
  const nodes: Node[] = []
  const work = new Map<Promise<unknown>, { what: string; process: Running | undefined }>()
  const violations: Violation[] = []
  const promises = createPromises()
  const chronicle = createChronicle()
  const beacons = new Map<number, string>()
  const members = [foundation.aco, ...chance.fork('members').shuffled(foundation.members)]
  const links = createLinks(
    members.map(({ name }) => name),
    chance.fork('links'),
  )

  function spawn(what: string, at: Node, promise: Promise<unknown>): void {
    const followed = promise
      .catch((error: unknown) => {
        const code = codeOf(error)
        log(`${at.name}: ${what} ended with ${code ?? String(error)}`)
        if (code === 'STORE_DAMAGED')
          violations.push({ code: 'STORE_UNUSABLE', detail: `${at.name}: ${String(error)}` })
        if (code === undefined)
          violations.push({
            code: 'BROKEN',
            detail: `${at.name}: ${what}: ${(error as Error).stack ?? String(error)}`,
          })
      })
      .finally(() => work.delete(followed))
    work.set(followed, { what, process: at.running })
  }

  const common = { timeline, links, nodes: () => nodes, spawn, log }
  const connections = createConnections(common)
  const accuse = (at: Node, peer: string, code: string): void =>
    void violations.push({ code: 'HONEST_ACCUSED', detail: `${at.name} accuses ${peer} of ${code}` })
  const meeting = { ...common, connections, chance: chance.fork('mesh'), accuse }
  const visits = createVisits(meeting)
  const gossip = createGossip({
    ...meeting,
    nudge: (at, peer) => spawn('nudge', at, visits.visit(at, peer)),
  })

  const outlet: Outlet = {
    judged(at, code) {
      if (code !== 'ACCEPTED' && code !== 'DUPLICATE') log(`${at.name} refuses with ${code}`)
    },
    said(at, batch) {
      const [certificate] = at.member.membership.chain
      const organisation = toHex(certificate.claims.mesh.organisation)
      chronicle.note(batch, { node: at.member.keyId, organisation })
    },
    batch: (from, compartment, batch) => gossip.publish(from, compartment, batch),
    control(from, objects) {
      for (const object of objects) {
        gossip.publish(from, 'control', encodeControl(object))
        if (object.kind === 'beacon') noteBeacon(object.bytes)
      }
    },
    changed: (at) => connections.follow(at),
    stored(at, count) {
      const process = at.running
      if (process !== undefined) promises.told.set(process, (promises.told.get(process) ?? 0) + count)
    },
  }

  function noteBeacon(bytes: Uint8Array): void {
    const { number } = parseSign1(BEACON, bytes).claims
    const held = beacons.get(number) ?? toHex(bytes)
    if (held !== toHex(bytes)) violations.push({ code: 'EQUIVOCATED', detail: `beacon ${number}` })
    beacons.set(number, held)
  }

  function leave(node: Node): void {
    connections.gone(node)
    visits.gone(node)
  }

  const world: World = {
    timeline,
    chance,
    links,
    connections,
    visits,
    leave,
    nodes,
    chronicle,
    promises,
    violations,
    work,
    newcomers: members.slice(size),
    spawn,
    log,
    join(member) {
      const node = createNode(member, { timeline, chance: chance.fork(member.name), outlet })
      nodes.push(node)
      promises.acknowledged.set(node.name, new Set())
      return node
    },
    start(node) {
      if (node.running === undefined && !node.isBusy) spawn('start', node, node.start())
    },
    kill(node) {
      for (const [promise, { process }] of work) if (process === node.running) work.delete(promise)
      node.kill()
      leave(node)
    },
  }
  for (const member of members.slice(0, size)) world.join(member)
  return world
}

/** Nodes whose process runs, in the order in which they joined. */
export function runningOf({ nodes }: World): readonly (Node & { readonly running: Running })[] {
  return nodes.filter((node): node is Node & { running: Running } => node.running !== undefined)
}
