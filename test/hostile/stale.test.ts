import { randomBytes } from 'node:crypto'
import type { RunningNode } from '@intelmesh/node'
import { encodeControl } from '@intelmesh/protocol'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { codesOf, newAttacker } from '../support/attack.ts'
import { type Attacker, startAttacker } from '../support/attacker.ts'
import { eventually } from '../support/eventually.ts'
import { type AcoKeys, certify, readAcoKeys, stixOf, textOf } from '../support/forge.ts'
import { allAgree, type Mesh, startMesh } from '../support/mesh.ts'

const MINUTE_MS = 60_000

/** An ACO whose word is good for an hour, and falls silent. */
let mesh: Mesh
let aco: AcoKeys
let attacker: Attacker
let known: string
beforeEach(async () => {
  mesh = await startMesh({ members: ['alpha', 'beta'], aco: { 'status.next_update_hours': 1 } })
  aco = await readAcoKeys(mesh.home('aco'))
  known = await mesh.enrol({ name: 'known' })
  await mesh.start('known')
  await allAgree(mesh.running())
  await mesh.stop('known')
  attacker = await newAttacker(mesh, mesh.node('alpha'))
  await mesh.stop('aco')
})
afterEach(async () => {
  vi.useRealTimers()
  await attacker[Symbol.asyncDispose]()
  await mesh[Symbol.asyncDispose]()
})

describe('an ACO that is silent', () => {
  it('is noticed at half of the time for which its word is good, and CLEAR and GREEN flow on after it', async () => {
    const [alpha, beta] = [mesh.node('alpha'), mesh.node('beta')]
    expect(await freshness(alpha)).toBe('ok')
    later(35)
    expect(await freshness(alpha)).toBe('warning')
    expect((await alpha.api.status()).aco.isFresh).toBe(true)
    later(35)
    expect(await freshness(alpha)).toBe('failed')
    expect((await alpha.api.status()).aco.isFresh).toBe(false)

    for (const tlp of ['clear', 'green'] as const) {
      const objects = [{ where: tlp, text: textOf(stixOf()) }]
      const { published } = await alpha.api.publish({ tlp, objects })
      await eventually(() => beta.api.show(published[0]?.record as string))
    }
    const amber = await alpha.api.publish({ tlp: 'amber', objects: [{ where: '1', text: textOf(stixOf()) }] })
    expect(amber.refused).toMatchObject([{ code: 'LABEL_NEEDS_CIRCLE' }])
  })

  it('certifies nobody any more: neither by gossip nor at the door', async () => {
    later(70)
    const alpha = mesh.node('alpha')
    const { certificate } = await certify(aco.operator)
    await attacker.gossip('control', encodeControl({ kind: 'certificate', bytes: certificate }))
    await eventually(async () => expect(await codesOf(alpha, attacker.node)).toContain('STATUS_STALE'))
    const secretKey = randomBytes(32)
    const newcomer = await certify(aco.operator, { secretKey })
    const chain = [newcomer.certificate, aco.operator.certificate, aco.root.certificate]
    const draft = { home: known, victim: alpha.addresses[0] as string }
    await expect(startAttacker({ ...draft, secretKey, hello: { chain } })).rejects.toMatchObject({
      code: 'STATUS_STALE',
    })
    // Who was known before comes in as ever.
    await using _member = await startAttacker(draft)
  })
})

function later(minutes: number): void {
  vi.setSystemTime(Date.now() + minutes * MINUTE_MS)
}

async function freshness(node: RunningNode): Promise<string | undefined> {
  return (await node.api.doctor()).find(({ check }) => check === 'freshness')?.state
}
