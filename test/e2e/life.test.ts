import type { RecordDetail, RunningNode } from '@intelmesh/node'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventually } from '../support/eventually.ts'
import { type Mesh, startMesh } from '../support/mesh.ts'

const VALUE = '198.51.100.7'

describe('the life of a record among running nodes', () => {
  let mesh: Mesh
  let alpha: RunningNode
  let beta: RunningNode
  let record: string
  const show = (node: RunningNode): Promise<RecordDetail> => node.api.show(record.slice(0, 16))

  beforeAll(async () => {
    mesh = await startMesh({ members: ['alpha', 'beta'] })
    alpha = mesh.node('alpha')
    beta = mesh.node('beta')
    const text = JSON.stringify({
      type: 'indicator',
      spec_version: '2.1',
      id: 'indicator--8b1c5b1e-2a39-4d55-9f6c-0c3a2d6f7e11',
      created: '2026-01-01T00:00:00.000Z',
      modified: '2026-01-01T00:00:00.000Z',
      pattern: `[ipv4-addr:value = '${VALUE}']`,
      pattern_type: 'stix',
      valid_from: '2026-01-01T00:00:00Z',
    })
    const request = { objects: [{ text, where: 'test' }], tlp: 'green', allow: [VALUE] } as const
    const { published } = await alpha.api.publish(request)
    record = published[0]?.record as string
  })
  afterAll(() => mesh[Symbol.asyncDispose]())

  it('names every node that was found to hold it', async () => {
    const nodes = mesh.running()
    const ids = new Set(await Promise.all(nodes.map(async ({ api }) => (await api.status()).node)))
    for (const node of nodes) {
      await eventually(async () =>
        expect(new Set((await show(node)).life.had.map((had) => had.node))).toEqual(ids),
      )
    }
  })

  it('brings a false positive into the inbox of its author, and onto look-ups everywhere', async () => {
    await beta.api.comment({ kind: 'sighting', target: VALUE, isNegative: true, text: 'our own resolver' })
    await eventually(async () =>
      expect(await alpha.api.inbox()).toMatchObject([
        { isNegative: true, organisation: { name: 'beta' }, about: { record } },
      ]),
    )
    expect((await alpha.api.status()).inbox).toBe(1)
    expect((await beta.api.status()).inbox).toBe(0)
    for (const { api } of mesh.running()) {
      await eventually(async () => {
        const [answer] = await api.lookup([VALUE])
        expect(answer?.hits[0]?.feedback.negative).toBe(1)
      })
    }
  })

  it('tells of its retraction, and which nodes know of it', async () => {
    await alpha.api.retract({ ids: [record], reason: 'false-positive' })
    for (const { api } of mesh.running()) {
      await eventually(async () => expect((await api.lookup([VALUE]))[0]?.hits).toEqual([]))
    }
    for (const node of mesh.running()) {
      await eventually(async () => {
        const { life } = await show(node)
        expect(life.retraction).toMatchObject({ reason: 'false-positive', organisation: { name: 'alpha' } })
        expect(life.had.filter(({ retractedAt }) => retractedAt !== undefined)).toHaveLength(3)
      })
    }
    expect(await alpha.api.inbox()).toEqual([])
  })
})
