import { cp, rm } from 'node:fs/promises'
import type { RunningNode } from '@intelmesh/node'
import { describe, expect, it } from 'vitest'
import { eventually } from '../support/eventually.ts'
import { stixOf, textOf } from '../support/forge.ts'
import { allAgree, startMesh } from '../support/mesh.ts'

describe('two nodes of one organisation', () => {
  it('retract and supersede what the other has published, and nobody else can', async () => {
    await using mesh = await startMesh({ members: ['alpha', 'beta'] })
    const [alpha, beta] = [mesh.node('alpha'), mesh.node('beta')]
    const { organisation } = await alpha.api.status()
    await mesh.enrol({ name: 'alpha two', org: 'alpha', organisation: organisation.id })
    const second = await mesh.start('alpha two')
    expect((await second.api.status()).organisation).toEqual(organisation)
    const [first, again] = [stixOf(), stixOf()]
    const [record, kept] = await publish(alpha, first, again)
    for (const node of mesh.running()) await eventually(() => node.api.show(record as string))

    expect(await beta.api.retract({ ids: [record as string], reason: 'error' })).toMatchObject({
      retracted: [],
      refused: [{ code: 'RECORD_NOT_OWN' }],
    })
    expect((await second.api.retract({ ids: [record as string], reason: 'error' })).retracted).toHaveLength(1)
    for (const node of mesh.running())
      await eventually(async () =>
        expect((await node.api.show(record as string)).life.retraction).toMatchObject({ organisation }),
      )

    const newer = JSON.parse(textOf(again)) as { id: string; modified: string }
    newer.modified = '2025-01-01T00:00:00.000Z'
    const { published } = await second.api.publish({
      tlp: 'green',
      objects: [{ where: '1', text: JSON.stringify(newer) }],
    })
    for (const node of mesh.running()) await eventually(() => node.api.show(published[0]?.record as string))
    const [item] = (await second.api.export({ record: published[0]?.record as string })).items
    expect(Buffer.from(item?.proof ?? '', 'base64url').includes(Buffer.from(kept as string, 'hex'))).toBe(
      true,
    )
    await allAgree(mesh.running())
  })
})

describe('a key that was lost', () => {
  it('is revoked, and a new one of the same organisation has its rights over the old records', async () => {
    await using mesh = await startMesh({ members: ['alpha', 'beta'] })
    const alpha = mesh.node('alpha')
    const { organisation, node: old } = await alpha.api.status()
    const [first, second] = await publish(alpha, stixOf(), stixOf())
    await allAgree(mesh.running())
    await mesh.stop('alpha')
    await mesh.aco.api.aco.act({ action: 'revoke', who: old, reason: 'key-lost' })

    await mesh.enrol({ name: 'alpha anew', org: 'alpha', organisation: organisation.id })
    const anew = await mesh.start('alpha anew')
    await eventually(() => anew.api.show(second as string))
    expect((await anew.api.retract({ ids: [first as string], reason: 'error' })).retracted).toHaveLength(1)
    await allAgree(mesh.running())
    for (const node of mesh.running()) {
      expect((await node.api.show(first as string)).life.retraction).toMatchObject({ organisation })
      expect((await node.api.show(second as string)).life.retraction).toBeUndefined()
    }
  })
})

describe('a home that was restored from a backup', () => {
  it('goes on without a fork, and gets back what it had published since', async () => {
    await using mesh = await startMesh({ members: ['alpha', 'beta'] })
    const backup = `${mesh.home('alpha')}.backup`
    const before = await publish(mesh.node('alpha'), stixOf())
    await mesh.stop('alpha')
    await cp(mesh.home('alpha'), backup, { recursive: true })
    const since = await publish(await mesh.start('alpha'), stixOf())
    await allAgree(mesh.running())
    await mesh.stop('alpha')
    await rm(mesh.home('alpha'), { recursive: true })
    await cp(backup, mesh.home('alpha'), { recursive: true })

    const restored = await mesh.start('alpha')
    const after = await publish(restored, stixOf())
    await allAgree(mesh.running())
    for (const node of mesh.running()) {
      for (const id of [...before, ...since, ...after]) await node.api.show(id)
      expect(await forks(node)).toEqual([])
    }
  })
})

describe('a member without an inbound port', () => {
  it('publishes, receives, converges, and is cut off', async () => {
    const outbound = { name: 'inside', settings: { 'network.listen': [] } }
    await using mesh = await startMesh({ members: ['alpha', outbound] })
    const [alpha, inside] = [mesh.node('alpha'), mesh.node('inside')]
    expect(inside.addresses).toEqual([])
    expect((await inside.api.peers()).map(({ direction }) => direction)).not.toContain('inbound')
    const [out] = await publish(inside, stixOf())
    const [back] = await publish(alpha, stixOf())
    for (const node of mesh.running()) {
      await eventually(() => node.api.show(out as string))
      await eventually(() => node.api.show(back as string))
    }
    await mesh.stop('inside')
    const [missed] = await publish(alpha, stixOf())
    const returned = await mesh.start('inside', outbound.settings)
    await eventually(() => returned.api.show(missed as string))
    await allAgree(mesh.running())
    await mesh.aco.api.aco.act({ action: 'revoke', who: 'inside', reason: 'ceased' })
    await eventually(async () => expect(await returned.api.peers()).toEqual([]))
    // It may not have heard why: what it publishes from now on stays with it.
    const late = await publish(returned, stixOf()).catch(() => [])
    for (const id of late)
      await expect(alpha.api.show(id)).rejects.toMatchObject({ code: 'RECORD_NOT_FOUND' })
    expect((await alpha.api.status()).records).toBe(3)
  })
})

async function publish(node: RunningNode, ...objects: readonly Uint8Array[]): Promise<readonly string[]> {
  const { published, refused } = await node.api.publish({
    tlp: 'green',
    objects: objects.map((stix, i) => ({ where: String(i), text: textOf(stix) })),
  })
  expect(refused).toEqual([])
  return published.map(({ record }) => record)
}

/** What a node has written down against authors who broke their chains. */
async function forks(node: RunningNode): Promise<readonly string[]> {
  const rows = await node.api.quarantine({ limit: 10_000 })
  return rows.map(({ code }) => code).filter((code) => code.startsWith('CHAIN_'))
}
