import { describe, expect, it } from 'vitest'
import { eventually } from '../support/eventually.ts'
import { stixOf, textOf } from '../support/forge.ts'
import { allAgree, type Mesh, startMesh } from '../support/mesh.ts'

const RELAY = { 'network.relay': true }
const HIDDEN = { 'network.listen': [] }

const idOf = async (mesh: Mesh, name: string): Promise<string> => (await mesh.node(name).api.status()).node

/** Addresses of the members that a member is connected to, by node key id. */
async function peersOf(mesh: Mesh, name: string): Promise<Readonly<Record<string, string>>> {
  const peers = await mesh.node(name).api.peers()
  return Object.fromEntries(peers.map(({ node, address }) => [node, address]))
}

/** The relays through which a member says that it is reached. */
async function relaysOf(mesh: Mesh, name: string): Promise<ReadonlySet<string | undefined>> {
  const { addresses } = await mesh.node(name).api.status()
  return new Set(addresses.map((address) => /\/p2p\/(\w+)\/p2p-circuit\//.exec(address)?.[1]))
}

describe('members that listen nowhere', () => {
  it('are reached through relays of two organisations, until they are revoked', async () => {
    await using mesh = await startMesh({
      members: [
        { name: 'relay one', settings: RELAY },
        { name: 'relay two', settings: RELAY },
        { name: 'inside', settings: HIDDEN },
        { name: 'caller', settings: HIDDEN },
      ],
    })
    const [inside, caller] = await Promise.all([idOf(mesh, 'inside'), idOf(mesh, 'caller')])
    await eventually(async () => expect((await relaysOf(mesh, 'inside')).size).toBe(2))
    await eventually(async () => expect((await peersOf(mesh, 'caller'))[inside]).toContain('/p2p-circuit/'))
    expect((await peersOf(mesh, 'inside'))[caller]).toContain('/p2p-circuit/')

    const objects = Array.from({ length: 40 }, (_, i) => ({ where: String(i), text: textOf(stixOf()) }))
    const { published } = await mesh.node('inside').api.publish({ tlp: 'green', objects })
    await eventually(() => mesh.node('caller').api.show(published[0]?.record ?? ''))
    await allAgree(mesh.running())

    await mesh.aco.api.aco.act({ action: 'revoke', who: 'inside', reason: 'ceased' })
    await eventually(async () => expect(await peersOf(mesh, 'caller')).not.toHaveProperty(inside))
    await eventually(async () => expect(await peersOf(mesh, 'inside')).toEqual({}))
    await eventually(async () => expect((await mesh.node('inside').api.status()).addresses).toEqual([]))
    // Four nodes find relays, and each other through them, one round of a second after the other.
  }, 120_000)
})
