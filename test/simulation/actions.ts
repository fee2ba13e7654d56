import { hourOf } from '../../packages/node/src/admission/index.ts'
import type { PublishRequest, RetractRequest } from '../../packages/node/src/publish-api.ts'
import { indicatorText } from '../../packages/node/src/testing/test-objects.ts'
import type { Chance } from './chance.ts'
import { SHAPES } from './links.ts'
import type { Node, Running } from './node.ts'
import { runningOf, type World } from './world.ts'

/** One thing that happens in a step; what it does of it goes on in the time that follows. */
export type Action = (world: World, chance: Chance) => void

const HOUR_MS = 3_600_000
const MAX_NODES = 5
const REASONS: readonly RetractRequest['reason'][] = ['error', 'false-positive', 'error', 'leak']

/** What may happen, and how often compared with the rest. */
export const ACTIONS: Readonly<Record<string, { readonly weight: number; readonly act: Action }>> = {
  publish: { weight: 40, act: publish },
  retract: { weight: 7, act: retract },
  visit: { weight: 20, act: visit },
  sanction: { weight: 3, act: sanction },
  beat: { weight: 2, act: beat },
  hours: { weight: 5, act: () => undefined },
  part: { weight: 4, act: part },
  heal: { weight: 4, act: heal },
  weather: { weight: 3, act: weather },
  kill: { weight: 5, act: kill },
  start: { weight: 4, act: start },
  stop: { weight: 2, act: stop },
  pause: { weight: 3, act: pause },
  skew: { weight: 3, act: skew },
  disk: { weight: 5, act: disk },
  join: { weight: 1, act: join },
}

/** Of the order of what an organisation says in a quiet hour; some are said anew under the id that they had. */
function publish(world: World, chance: Chance): void {
  const node = pickRunning(world, chance)
  if (node === undefined) return
  const tlp = chance.pick(['clear', 'green', 'green'] as const)
  const objects = Array.from({ length: 1 + chance.below(3) }, (): PublishRequest['objects'][number] => {
    const name = `${node.name} ${chance.below(24)}`
    const modified = new Date(Math.floor(world.timeline.now)).toISOString()
    return { text: indicatorText(name, { modified, description: `${chance.below(1e9)}` }), where: name }
  })
  const ends = (hourOf(world.timeline.now) + 2 + chance.below(5)) * HOUR_MS
  const request: PublishRequest = { objects, tlp, expires: new Date(ends).toISOString() }
  const published = node.running.publisher.publish(request, 'amber').then(({ published: some }) => {
    acknowledge(
      world,
      node,
      some.map(({ record }) => record),
    )
  })
  world.spawn('publish', node, published)
}

function retract(world: World, chance: Chance): void {
  const node = pickRunning(world, chance)
  if (node === undefined) return
  const own = node.running.own().certificate.claims.mesh.organisation.toString()
  const ids = world.nodes
    .filter((each) => each.member.membership.chain[0].claims.mesh.organisation.toString() === own)
    .flatMap((each) => [...(world.promises.acknowledged.get(each.name) ?? [])])
    .filter((id) => world.chronicle.of(id)?.retracts.length === 0)
  if (ids.length === 0) return
  const request: RetractRequest = { ids: [chance.pick(ids)], reason: chance.pick(REASONS) }
  const retracted = node.running.publisher.retract(request, 'amber').then((result) => {
    acknowledge(
      world,
      node,
      result.retracted.map(({ tombstone }) => tombstone),
    )
  })
  world.spawn('retract', node, retracted)
}

function acknowledge(world: World, node: Node, ids: readonly string[]): void {
  for (const id of ids) world.promises.acknowledged.get(node.name)?.add(id)
  if (ids.length > 0) world.log(`${node.name} acknowledges ${ids.map((id) => id.slice(0, 8)).join(' ')}`)
}

function visit(world: World, chance: Chance): void {
  const [from, to] = chance.shuffled(runningOf(world))
  if (from !== undefined && to !== undefined) world.spawn('visit', from, world.visits.visit(from, to))
}

/** The ACO acts on a member; two at least stay in good standing. */
function sanction(world: World, chance: Chance): void {
  const [aco, ...members] = world.nodes
  const authority = aco?.running?.authority
  if (aco === undefined || authority === undefined) return
  const { acts } = world.promises
  const { keyId, name } = chance.pick(members).member
  const held = acts.get(keyId)
  const shunned = [...acts.values()].filter((act) => act !== 'reinstate').length
  if (held === 'revoke' || (held !== 'suspend' && shunned >= members.length - 2)) return
  const action = chance.pick(
    held === 'suspend' ? (['reinstate', 'revoke'] as const) : (['suspend', 'revoke'] as const),
  )
  const isTimed = action === 'suspend' && chance.isTrue(0.3)
  const until = isTimed ? { until: new Date(aco.now() + HOUR_MS).toISOString() } : {}
  const acted = authority.act({ action, who: keyId, reason: 'unspecified', ...until }).then(() => {
    acts.set(keyId, action)
    world.log(`${action} of ${name} acknowledged`)
  })
  world.spawn(action, aco, acted)
}

function beat(world: World): void {
  const [aco] = world.nodes
  const authority = aco?.running?.authority
  if (aco !== undefined && authority !== undefined) world.spawn('beat', aco, authority.beat())
}

function part({ links, log, connections }: World, chance: Chance): void {
  const shape = chance.pick(SHAPES)
  links.cut(shape)
  connections.cut()
  log(`parted: ${shape}`)
}

function heal({ links, log, connections }: World): void {
  links.heal()
  connections.dialAnew()
  log('healed')
}

function weather({ links, log }: World, chance: Chance): void {
  links.loss = chance.pick([0, 0.05, 0.3])
  links.breaks = chance.pick([0, 0.02, 0.1])
  links.delay = chance.pick([
    [1, 50],
    [1, 1_000],
    [20, 5_000],
  ] as const)
  log(`weather: ${links.loss} lost, ${links.breaks} broken, ${links.delay.join(' to ')} ms`)
}

function kill(world: World, chance: Chance): void {
  const alive = world.nodes.filter(({ running, isBusy }) => running !== undefined || isBusy)
  if (alive.length === 0) return
  const node = chance.pick(alive)
  world.kill(node)
  world.log(`${node.name} killed`)
  world.timeline.after(chance.pick([0, 100, 5_000]), () => world.start(node))
}

function start(world: World, chance: Chance): void {
  const ended = world.nodes.filter(({ running, isBusy }) => running === undefined && !isBusy)
  if (ended.length > 0) world.start(chance.pick(ended))
}

function stop(world: World, chance: Chance): void {
  const node = pickRunning(world, chance)
  if (node === undefined) return
  world.leave(node)
  world.spawn('stop', node, node.stop())
  world.log(`${node.name} stopped`)
}

function pause(world: World, chance: Chance): void {
  const node = pickRunning(world, chance)
  if (node === undefined) return
  const ms = chance.between(100, 40_000)
  node.running.owner.pausedUntil = world.timeline.now + ms
  world.log(`${node.name} paused for ${Math.round(ms)} ms`)
}

function skew(world: World, chance: Chance): void {
  const node = chance.pick(world.nodes)
  node.skewMs = Math.round(chance.between(-10, 10) * 60_000)
  world.log(`${node.name} is ${node.skewMs} ms off`)
}

function disk(world: World, chance: Chance): void {
  const node = chance.pick(world.nodes)
  const { faults } = node.disk
  const well = { ...faults, isFull: false, failingReads: 0, failingWrites: 0, slowReads: 0, earlierRows: 0 }
  const fault = chance.pick([
    { isFull: true, tellsFull: 'before' },
    { isFull: true, tellsFull: 'after' },
    { isFull: true, tellsFull: 'never' },
    { failingReads: 0.02 },
    { failingWrites: 0.5 },
    { slowReads: 0.2, slowMs: 300 },
    { earlierRows: 0.9 },
  ])
  Object.assign(faults, well, fault)
  world.log(`${node.name}: disk ${JSON.stringify(fault)}`)
  world.timeline.after(chance.between(100, 60_000), () => Object.assign(faults, well))
}

function join(world: World): void {
  const member = world.nodes.length < MAX_NODES ? world.newcomers.shift() : undefined
  if (member === undefined) return
  world.start(world.join(member))
  world.log(`${member.name} joins`)
}

function pickRunning(world: World, chance: Chance): (Node & { readonly running: Running }) | undefined {
  const running = runningOf(world)
  return running.length === 0 ? undefined : chance.pick(running)
}
