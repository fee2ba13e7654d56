import { SYNC_SETS, toHex } from '@intelmesh/protocol'
import { hourOf } from '../../packages/node/src/admission/index.ts'
import type { Inspector } from './check.ts'
import { inspectAll } from './check.ts'
import type { View } from './chronicle.ts'
import type { Node, Running } from './node.ts'
import { type TableName, TABLES } from '../../packages/node/src/store/tables.ts'
import { runningOf, type World } from './world.ts'

type Live = Node & { readonly running: Running }

/** Longer than clocks are wrong, streams wait and messages travel. */
const CALM_MS = 11 * 60_000
const QUIET_MS = 30_000
const HOUR_MS = 3_600_000
const MAX_ROUNDS = 8
/** More see nobody in: every further node costs all the others something. */
const MAX_HOSTS = 3
/** Longer than any record lives. */
const LIFETIME_HOURS = 8
/** What stands in the tables for as long as there are records. */
const OF_RECORDS: readonly TableName[] = [
  'records',
  'ids',
  'lists',
  'held',
  'versions',
  'values',
  'references',
  'targets',
  'overflow',
  'leafHashes',
]

/** Heals everything, and sees to it that all honest nodes come to hold what follows from what was said, and in the end nothing. */
export async function converge(world: World, inspector: Inspector): Promise<void> {
  const { timeline, nodes } = world
  world.log('converge')
  await heal(world)
  for (let round = 0; round < MAX_ROUNDS && !areEqual(good(world)); round++) {
    await meet(world, world.chance.fork(`round ${round}`).shuffled(good(world)))
    await inspectAll(world, inspector)
  }
  await judge(world)
  await welcome(world)
  await timeline.pass(LIFETIME_HOURS * HOUR_MS)
  await keepUp(world)
  await inspectAll(world, inspector)
  for (const node of nodes) judgeRest(world, node)
}

/** Nothing is wrong any more with disks, clocks and network, and every node runs. */
async function heal(world: World): Promise<void> {
  const { timeline, links, connections, nodes } = world
  links.heal()
  Object.assign(links, { loss: 0, breaks: 0, delay: [1, 50] })
  connections.dialAnew()
  for (const node of nodes) {
    node.skewMs = 0
    if (node.running !== undefined) node.running.owner.pausedUntil = 0
    Object.assign(node.disk.faults, {
      isFull: false,
      failingReads: 0,
      failingWrites: 0,
      slowReads: 0,
      earlierRows: 0,
    })
  }
  await timeline.pass(CALM_MS)
  for (const node of nodes) world.start(node)
  await timeline.pass(QUIET_MS)
  const ahead = Math.max(...runningOf(world).map(({ running }) => running.sweeper.asOf))
  if (ahead > hourOf(timeline.now)) await timeline.pass(ahead * HOUR_MS - timeline.now)
  await keepUp(world)
}

/**
 * What the program does each minute, twice: the first commit after a write that failed may fail as well. What has ended by itself ends
 * in the ACO's status list with its next beacon.
 */
async function keepUp(world: World): Promise<void> {
  for (let minute = 0; minute < 2; minute++) {
    for (const node of runningOf(world)) {
      world.spawn('upkeep', node, node.running.upkeep())
      const { authority } = node.running
      if (authority !== undefined) world.spawn('beat', node, authority.beat())
    }
    await world.timeline.pass(QUIET_MS)
  }
}

/** Each visits the next one and is visited by it, the last by the first. */
async function meet({ timeline, connections, visits, log }: World, nodes: readonly Live[]): Promise<void> {
  connections.dialAnew()
  connections.dial(nodes)
  await timeline.pass(1_000)
  for (const [i, node] of nodes.entries()) {
    const next = nodes[(i + 1) % nodes.length] ?? node
    for (const [from, to] of [
      [node, next],
      [next, node],
    ] as const) {
      if (knowsOf(from) === knowsOf(to)) continue
      await timeline
        .until(visits.visit(from, to))
        .catch((error: unknown) => log(`${from.name}: visit ended with ${String(error)}`))
    }
  }
  await timeline.pass(1_000)
}

/** Nodes that may talk to each other, as the ACO has it. */
function good(world: World): readonly Live[] {
  const [aco] = world.nodes
  return runningOf(world).filter(
    (node) => node === aco || aco?.running?.trust.standing(node.member.keyId) === 'good',
  )
}

function areEqual(nodes: readonly Live[]): boolean {
  return new Set(nodes.map(rootsOf)).size <= 1
}

function rootsOf({ running: { store } }: Live): string {
  return SYNC_SETS.map((set) => {
    const { count, digest } = store.rootOf(set)
    return `${count} ${toHex(digest).slice(0, 12)}`
  }).join()
}

/** Its sets, and what it heard of its ACO last. */
function knowsOf(node: Live): string {
  const { beacon, statusList = new Uint8Array() } = node.running.trust
  return `${rootsOf(node)} ${beacon?.claims.number} ${toHex(statusList.subarray(-8))}`
}

async function judge(world: World): Promise<void> {
  const { violations, nodes, work, connections, log } = world
  for (const { name, running } of nodes)
    if (running === undefined) violations.push({ code: 'STUCK', detail: `${name} does not start` })
  const some = good(world)
  const [first] = some
  if (first === undefined) return
  log(`they hold ${rootsOf(first)}`)
  if (!areEqual(some)) {
    const held = some.map((node) => `${node.name} ${rootsOf(node)}`)
    violations.push({ code: 'DIVERGED', detail: held.join('; ') })
    return
  }
  for (const { what, process } of work.values())
    if (process === undefined || !process.owner.isDead) violations.push({ code: 'STUCK', detail: what })
  if (connections.streams > 0) violations.push({ code: 'LEAKED', detail: `${connections.streams} streams` })
  for (const { name, running } of runningOf(world))
    if (running.judging.waiting > 0)
      violations.push({ code: 'STUCK', detail: `${name} has records to judge again` })
  for (const { name, disk } of runningOf(world)) {
    if (disk.snapshots + disk.pending === 0) continue
    const left = `${disk.snapshots} snapshots, ${disk.pending} reads and writes`
    violations.push({ code: 'LEAKED', detail: `${name}: ${left}` })
  }
  await judgeSet(world, some, first)
}

/**
 * What was acknowledged at one of them and has nothing against it is in the set of all. That nothing else is, was looked at before.
 * What only a node has that is cut off now need not be there.
 */
async function judgeSet(
  { chronicle, promises, violations }: World,
  some: readonly Live[],
  { running }: Live,
): Promise<void> {
  const { store, trust, sweeper } = running
  const held = new Set(await store.idsWithPrefix('', 1_000_000))
  const view: View = {
    asOf: Math.max(promises.latestHour, sweeper.asOf),
    headsOf: (author) => trust.keyStatus(author).heads,
    holds: (id) => held.has(id),
  }
  for (const id of some.flatMap(({ name }) => [...(promises.acknowledged.get(name) ?? [])])) {
    const said = chronicle.of(id)
    if (said === undefined || held.has(id) || chronicle.isLeaked(id)) continue
    if (chronicle.reasonAgainst(said, view) === undefined)
      violations.push({ code: 'WRONG_SET', detail: `nobody holds ${JSON.stringify(said)}` })
  }
}

/** Somebody who joins now gets everything in another order, all of it by reconciliation, and comes to hold the same. */
async function welcome(world: World): Promise<void> {
  if (world.nodes.length > MAX_HOSTS) return
  const member = world.newcomers.shift()
  const [first] = good(world)
  if (member === undefined || first === undefined || world.violations.length > 0) return
  const node = world.join(member)
  world.start(node)
  await world.timeline.pass(1_000)
  const live = node as Live
  for (let round = 0; round < MAX_ROUNDS && !areEqual([first, live]); round++)
    await meet(world, [live, first])
  if (!areEqual([first, live]))
    world.violations.push({ code: 'DIVERGED', detail: `${rootsOf(first)}; a newcomer ${rootsOf(live)}` })
}

/** When every record has expired, no row of any is left. */
function judgeRest({ violations }: World, { name, running, disk }: Node): void {
  if (running === undefined) return
  const { records } = running.store.counts
  if (records > 0) violations.push({ code: 'EXPIRED_HELD', detail: `${name}: ${records} records` })
  for (const table of OF_RECORDS) {
    const [gte, lt] = [TABLES[table], TABLES[table] + 1].map((byte) => String.fromCharCode(byte))
    const { length } = disk.rows.names({ ...(gte && { gte }), ...(lt && { lt }) })
    if (length > 0) violations.push({ code: 'LEAKED', detail: `${name}: ${length} rows of ${table}` })
  }
}
