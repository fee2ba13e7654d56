import { randomBytes } from 'node:crypto'
import { fromHex } from '@intelmesh/protocol'
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest'
import { codesOf, laySiege, newAttacker, scoreOf, type Siege } from '../support/attack.ts'
import { type Attacker, type AttackerSession, startAttacker } from '../support/attacker.ts'
import { eventually } from '../support/eventually.ts'
import {
  honestly,
  inventedSet,
  setOf,
  type ShownSet,
  showing,
  treeBomb,
  withGroundCells,
  withJunkCells,
} from '../support/false-sets.ts'
import { batchOf, type Forged, leafOf } from '../support/forge.ts'

let siege: Siege
beforeAll(async () => {
  siege = await laySiege()
  // What is compared by cells is where both sides have something.
  await using author = await newAttacker(siege.mesh, siege.victim)
  const { bytes, ids } = await batchOf(author.author)
  await author.gossip('green', bytes)
  await eventually(() => siege.victim.api.show(ids[0] as string))
})
afterAll(() => siege?.[Symbol.asyncDispose]())

/** More than are told in full rather than by cells. */
const MANY = 300

const SETS: readonly (readonly [what: string, code: string, shown: () => Promise<ShownSet>])[] = [
  ['cells of noise', 'SYNC_CELLS_MISMATCH', async () => withJunkCells(await inventedSet(MANY))],
  [
    'cells ground to be taken apart without end',
    'SYNC_CELLS_MISMATCH',
    async () => withGroundCells(await inventedSet(MANY)),
  ],
  ['a tree of quadrillions of ids', 'SYNC_CLAIMED', async () => treeBomb()],
  ['records that do not exist', 'SYNC_CLAIMED', async () => honestly(await inventedSet(MANY))],
]

describe('a peer that shows', () => {
  test.for(SETS)('%s pays for it with %s, and others reconcile meanwhile', async ([, code, shown]) => {
    const { victim } = siege
    const { records } = await victim.api.status()
    await using liar = await startServing(showing(shown))
    await eventually(async () => expect(await codesOf(victim, liar.node)).toContain(code))
    expect(await scoreOf(victim, liar.node)).toBeLessThan(-50)
    await expectReconciled()
    expect((await victim.api.status()).records).toBe(records + COUNT)
  })
})

describe('a peer that withholds', () => {
  it('what it shows, and says that more of it follows, pays for it', async () => {
    const { victim } = siege
    const set = honestly(await inventedSet(MANY))
    const given = { type: 'items', more: true, items: [] } as const
    await using tease = await startServing(showing(() => set, given))
    await eventually(async () => expect(await codesOf(victim, tease.node)).toContain('SYNC_MALFORMED'))
    expect(await scoreOf(victim, tease.node)).toBeLessThan(-50)
  })

  it('records that it shows pays for it, and keeps nobody from getting them from another', async () => {
    const { victim } = siege
    const batch = await reconcilable()
    const set = await setOf(batch.ids.map(fromHex))
    await using miser = await startServing(showing(() => honestly(set)))
    await eventually(async () => expect(await codesOf(victim, miser.node)).toContain('SYNC_CLAIMED'))
    expect(await scoreOf(victim, miser.node)).toBeLessThan(-50)
    await expect(victim.api.show(batch.ids[0] as string)).rejects.toMatchObject({ code: 'RECORD_NOT_FOUND' })
    await expectReconciled(batch)
  })
})

/** More than may go missing by chance. */
const COUNT = 20

/** A batch of somebody of whom the victim knows, which nobody has yet. */
async function reconcilable(): Promise<Forged> {
  const { author } = await siege.attackers.next()
  return batchOf(author, { leaves: Array.from({ length: COUNT }, () => leafOf(author)) })
}

/** Has the victim get a batch in a session with a peer that shows it and gives it. */
async function expectReconciled(batch?: Forged): Promise<void> {
  const { ids, bytes } = batch ?? (await reconcilable())
  const set = await setOf(ids.map(fromHex))
  await using honest = await startServing(
    showing(() => honestly(set), { type: 'items', more: false, items: [{ form: 'batch', bytes }] }),
  )
  for (const id of ids) await eventually(() => siege.victim.api.show(id))
  expect(await scoreOf(siege.victim, honest.node)).toBeGreaterThan(-1)
}

async function startServing(serve: (session: AttackerSession) => Promise<void>): Promise<Attacker> {
  const { mesh, victim } = siege
  const home = await mesh.enrol({ name: `peer ${randomBytes(8).toString('hex')}` })
  return startAttacker({ home, victim: victim.addresses[0] as string, serve })
}
