import { mkdtemp, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { foundCluster } from '../soak/cluster.ts'
import { indicatorText } from '../soak/indicator-text.ts'
import { awaitAgreement, complaints } from '../soak/look-at-nodes.ts'
import type { NodeProcess } from '../soak/node-process.ts'
import { intelmesh } from './intelmesh.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'backup-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

describe('a backup', () => {
  it('is made while the node runs, restored to another home, and healed of a thousand records', async () => {
    const began = new Date()
    await using cluster = await foundCluster(folder)
    const [lost, peer] = [await cluster.enrol('lost'), await cluster.enrol('peer')]
    await Promise.all([lost.start(), peer.start()])
    await publish(lost, 'before', 300)
    await awaitAgreement(cluster.nodes)

    const file = join(folder, 'lost.backup')
    const backup = await intelmesh(['backup', file, '--home', lost.home])
    expect(backup).toMatchObject({ exit: 0 })

    await Promise.all([publish(lost, 'since', 500), publish(peer, 'meanwhile', 500)])
    expect(await awaitAgreement(cluster.nodes)).toEqual(expect.any(Number))
    const whole = (await peer.api.status()).records
    await lost.kill()
    await rename(lost.home, `${lost.home}.gone`)

    const restored = await intelmesh(['restore', file, '--home', lost.home])
    expect(restored).toMatchObject({ exit: 0 })
    expect((await intelmesh(['restore', file, '--home', lost.home])).exit).not.toBe(0)
    await lost.start()
    expect(await awaitAgreement(cluster.nodes)).toEqual(expect.any(Number))
    expect((await lost.api.status()).records).toBe(whole)
    const [record] = await publish(lost, 'afterwards', 1)
    expect(await awaitAgreement(cluster.nodes)).toEqual(expect.any(Number))
    await peer.api.show(record as string)
    for (const node of cluster.nodes) expect(await complaints(node, began)).toEqual([])
  }, 180_000)
})

async function publish({ api }: NodeProcess, name: string, count: number): Promise<readonly string[]> {
  const objects = Array.from({ length: count }, (_, i) => ({
    text: indicatorText(`${name}-${i}.wrongly-accused.top`, crypto.randomUUID()),
    where: String(i),
  }))
  const { published, held, refused } = await api.publish({ tlp: 'green', objects })
  expect([...held, ...refused]).toEqual([])
  return published.map(({ record }) => record)
}
