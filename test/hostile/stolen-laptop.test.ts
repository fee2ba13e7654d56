import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { codesOf, expectRefusal, laySiege } from '../support/attack.ts'
import { startAttacker } from '../support/attacker.ts'
import { eventually } from '../support/eventually.ts'
import { batchOf, leafOf, readAuthor, stixOf, textOf } from '../support/forge.ts'
import { allAgree } from '../support/mesh.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 3_600_000

describe('a laptop that is stolen', () => {
  it('is revoked, cannot backdate, and its successor takes back what the thief has published', async () => {
    await using siege = await laySiege()
    const { mesh, victim } = siege
    const home = await mesh.enrol({ name: 'laptop' })
    const laptop = await mesh.start('laptop')
    const { organisation, node: stolen } = await laptop.api.status()
    const { published } = await laptop.api.publish({
      tlp: 'green',
      objects: [{ where: '1', text: textOf(stixOf()) }],
    })
    const honest = published[0]?.record as string
    await allAgree(mesh.running())
    await mesh.stop('laptop')

    const author = await readAuthor(home)
    const accused = await batchOf(author, { header: { chain: randomBytes(16) } })
    const lie = accused.ids[0] as string
    await using thief = await startAttacker({ home, victim: victim.addresses[0] as string })
    await thief.gossip('green', accused.bytes)
    for (const { api } of mesh.running()) await eventually(() => api.show(lie))

    await mesh.aco.api.aco.act({ action: 'revoke', who: stolen, reason: 'key-compromise' })
    await eventually(async () =>
      expect((await victim.api.peers()).map(({ node }) => node)).not.toContain(stolen),
    )
    const at = Date.now() - 4 * MINUTE_MS
    const leaf = leafOf(author, { at, clear: { expires: Math.floor(at / HOUR_MS) + 24 } })
    const backdated = await batchOf(author, { leaves: [leaf], from: at, to: at })
    const accomplice = await siege.attackers.next()
    await expectRefusal(siege, {
      attacker: accomplice,
      send: () => accomplice.gossip('green', backdated.bytes),
      code: 'CHAIN_CLOSED',
    })
    expect(await codesOf(victim, accomplice.node)).toContain('CHAIN_CLOSED')

    await mesh.enrol({ name: 'replacement', org: 'laptop', organisation: organisation.id })
    const replacement = await mesh.start('replacement')
    expect((await replacement.api.status()).organisation).toEqual(organisation)
    await eventually(() => replacement.api.show(lie))
    const { retracted } = await replacement.api.retract({ ids: [lie], reason: 'false-positive' })
    expect(retracted).toMatchObject([{ record: lie }])
    await allAgree(mesh.running())
    for (const { api } of mesh.running()) {
      expect((await api.export({ record: lie })).items).toEqual([])
      expect((await api.export({ record: honest })).items).toHaveLength(1)
      expect((await api.export({ record: backdated.ids[0] as string })).items).toEqual([])
      expect((await api.show(lie)).life.retraction).toMatchObject({ organisation, reason: 'false-positive' })
    }
  })
})
