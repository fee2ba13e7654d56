import { randomUUID } from 'node:crypto'
import {
  createApiClient,
  type NodeApi,
  type RecordView,
  type RunningNode,
  type TokenRequest,
} from '@intelmesh/node'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventually } from '../support/eventually.ts'
import { stixOf, textOf } from '../support/forge.ts'
import { allAgree, type Mesh, startMesh } from '../support/mesh.ts'

const SECRET = '198.51.100.66'
const OPEN = '198.51.100.67'
const NOWHERE = '198.51.100.68'

type Named = Pick<RecordView, 'record' | 'stixId'>

let mesh: Mesh
let alpha: RunningNode
/** Records of alpha, and what beta said of them in GREEN. */
let green: Named
let clear: Named
let comment: string

beforeAll(async () => {
  mesh = await startMesh({ members: ['alpha', 'beta'] })
  alpha = mesh.node('alpha')
  green = await publish(SECRET, 'green')
  clear = await publish(OPEN, 'clear')
  await allAgree(mesh.running())
  const said = await mesh.node('beta').api.comment({
    kind: 'sighting',
    target: clear.record,
    tlp: 'green',
    isNegative: true,
  })
  comment = said.published[0]?.record as string
  await eventually(async () => expect((await alpha.api.inbox()).length).toBe(1))
})
afterAll(() => mesh?.[Symbol.asyncDispose]())

function objectOf(value: string): { readonly text: string; readonly where: string } {
  return { text: textOf(stixOf({ pattern: `[ipv4-addr:value = '${value}']` })), where: value }
}

async function publish(value: string, tlp: 'clear' | 'green'): Promise<Named> {
  const { published } = await alpha.api.publish({
    tlp,
    objects: [objectOf(value)],
    feed: { name: `feed-${tlp}`, round: '1' },
    allow: [value],
  })
  return alpha.api.show(published[0]?.record as string)
}

async function clientOf(request: Omit<TokenRequest, 'person'>, node = alpha) {
  const { token, id } = await node.api.createToken({ person: 'Mallory', ...request })
  return { api: createApiClient({ apiAddress: node.apiAddress, token }), id }
}

/** What an answer says of GREEN: its ids, values and names. */
function expectNothingOfGreen(answer: unknown, what: string): void {
  const text = JSON.stringify(answer)
  for (const trace of [green.record, green.stixId, SECRET, 'feed-green', comment])
    expect(text.includes(trace), `${what}: ${trace}`).toBe(false)
}

async function refusalOf(asked: Promise<unknown>): Promise<unknown> {
  const error = await asked.then(
    () => undefined,
    (refusal: { readonly code: string; readonly message: string }) => refusal,
  )
  return (
    error && { code: error.code, message: error.message.replaceAll(/[0-9a-f-]{8,}|"[^"]*"|[0-9.]{7,}/g, '…') }
  )
}

describe('a token cleared for CLEAR', () => {
  let api: NodeApi
  beforeAll(async () => {
    ;({ api } = await clientOf({ scopes: ['publish'], clearance: 'clear' }))
  })

  it('reads nothing of GREEN by any method', async () => {
    const answers: Readonly<Record<string, unknown>> = {
      lookup: (await api.lookup([SECRET, '198.51.100.0/24', OPEN])).map(({ hits, total }) => [hits, total]),
      records: await api.records({}),
      filtered: await api.records({ tlp: 'green' }),
      byId: await api.records({ record: green.record }),
      export: await api.export({}),
      exportById: await api.export({ record: green.record }),
      show: await api.show(clear.record),
      inbox: await api.inbox(),
      feeds: await api.feeds(),
      status: await api.status(),
    }
    for (const [name, answer] of Object.entries(answers)) expectNothingOfGreen(answer, name)
    expect(JSON.stringify(answers['records'])).toContain(clear.record)
  })

  it('is told no count of GREEN', async () => {
    const [whole, part] = [await alpha.api.status(), await api.status()]
    expect(part.records).toBeLessThan(whole.records)
    expect(Object.keys(part.sets).filter((set) => set.includes('green'))).toEqual([])
    expect((await api.records({})).total).toBe(part.records)
    const [answer] = await api.lookup([SECRET])
    expect([answer?.total, answer?.hits]).toEqual([0, []])
    const detail = await api.show(clear.record)
    expect(detail.life.feedback).toMatchObject({ sightings: 0, negative: 0 })
    expect(detail.life.said).toEqual([])
  })

  it('is refused GREEN as what does not exist is', async () => {
    const pairs: readonly (readonly [string, (id: string) => Promise<unknown>, string, string])[] = [
      ['show', (id) => api.show(id), green.record, 'f'.repeat(64)],
      ['show a beginning', (id) => api.show(id), green.record.slice(0, 12), 'f'.repeat(12)],
      ['show a STIX id', (id) => api.show(id), green.stixId, `indicator--${randomUUID()}`],
      [
        'amend',
        (id) => api.amend({ id, where: 'x', text: textOf(stixOf({ id: undefined })) }),
        green.record,
        'f'.repeat(64),
      ],
      ['comment', (target) => api.comment({ kind: 'note', target, text: 'x' }), green.record, 'f'.repeat(64)],
      ['comment on a value', (target) => api.comment({ kind: 'note', target, text: 'x' }), SECRET, NOWHERE],
      ['settle', (id) => api.settle(id), comment, 'f'.repeat(64)],
    ]
    for (const [name, ask, hidden, missing] of pairs) {
      const [told, expected] = [await refusalOf(ask(hidden)), await refusalOf(ask(missing))]
      expect(expected, name).toBeDefined()
      expect(told, name).toEqual(expected)
    }
  })

  it('takes nothing of GREEN back, and learns nothing by trying', async () => {
    const tries = [
      [{ ids: [green.record] }, { ids: ['f'.repeat(64)] }],
      [{ ids: [green.stixId] }, { ids: [`indicator--${randomUUID()}`] }],
      [{ values: [SECRET] }, { values: [NOWHERE] }],
      [{ feed: { name: 'feed-green' } }, { feed: { name: 'feed-nobody' } }],
    ] as const
    for (const [hidden, missing] of tries) {
      const outcomes = []
      for (const target of [hidden, missing]) {
        const asked = api.retract({ ...target, reason: 'error' })
        const refusal = await refusalOf(asked)
        const result = refusal ?? (await asked)
        outcomes.push(
          JSON.stringify(result).replaceAll(/[0-9a-f-]{8,}|feed-\w+|[0-9.]{7,}|(indicator--)/g, '…'),
        )
      }
      expect(outcomes[0], JSON.stringify(hidden)).toBe(outcomes[1])
    }
    expect((await alpha.api.show(green.record)).life.retraction).toBeUndefined()
  })

  it('publishes nothing in GREEN', async () => {
    const { published, refused } = await api.publish({ tlp: 'green', objects: [objectOf(NOWHERE)] })
    expect([published.length, refused.length]).toEqual([0, 1])
  })

  it('learns nothing of the values of a feed in GREEN by publishing them', async () => {
    const feed = { name: 'feed-green', round: '1' }
    const valueOf = (value: string) => ({ ...objectOf(value), isValue: true })
    const allow = [SECRET, NOWHERE]
    await alpha.api.publish({ tlp: 'green', objects: [valueOf(SECRET)], feed, allow })
    const outcomes = []
    for (const value of allow) {
      const request = { tlp: 'clear', objects: [valueOf(value)], feed, allow, dryRun: true } as const
      const { published, unchanged, refused, notices } = await api.publish(request)
      const codes = [refused, notices].map((rows) => rows.map(({ code }) => code))
      outcomes.push([published.map((row) => row.as), unchanged.length, codes])
    }
    expect(outcomes).toEqual([outcomes[0], outcomes[0]])
    expect(outcomes[0]).toEqual([['new'], 0, [[], []]])
  })

  it('is sent nothing of GREEN as it arrives', async () => {
    const stop = new AbortController()
    const seen: RecordView[] = []
    const reading = (async () => {
      for await (const record of api.tail(stop.signal)) seen.push(record)
    })()
    await eventually(async () => {
      await publish(SECRET, 'green')
      await publish(OPEN, 'clear')
      expect(seen.length).toBeGreaterThan(1)
    })
    stop.abort()
    await reading
    expect(seen.filter(({ tlp }) => tlp !== 'clear')).toEqual([])
  })
})

describe('a token for less', () => {
  it('cannot make itself one for more', async () => {
    const { api, id } = await clientOf({ scopes: ['publish'] })
    const tries: Readonly<Record<string, () => Promise<unknown>>> = {
      createToken: () => api.createToken({ person: 'Mallory', scopes: ['admin'] }),
      tokens: () => api.tokens(),
      revokeToken: () => api.revokeToken(id),
      audit: () => api.audit({}),
      verifyAudit: () => api.verifyAudit({}),
      quarantine: () => api.quarantine({}),
      doctor: () => api.doctor(),
      backup: () => Array.fromAsync(api.backup(new AbortController().signal)),
    }
    for (const [name, attempt] of Object.entries(tries))
      await expect(attempt(), name).rejects.toMatchObject({ code: 'API_FORBIDDEN' })
    const reader = await clientOf({})
    await expect(reader.api.publish({ tlp: 'clear', objects: [objectOf(OPEN)] })).rejects.toMatchObject({
      code: 'API_FORBIDDEN',
    })
    const refused = await alpha.api.audit({ action: 'refused', person: 'Mallory' })
    expect(refused.map(({ token }) => token)).toEqual(expect.arrayContaining([id, reader.id]))
  })

  it('moves no ACO', async () => {
    const { api } = await clientOf({ scopes: ['publish'] }, mesh.aco)
    const act = { action: 'revoke', who: 'alpha', reason: 'key-compromise' } as const
    await expect(api.aco?.act(act)).rejects.toMatchObject({ code: 'API_FORBIDDEN' })
    await expect(api.aco?.list()).rejects.toMatchObject({ code: 'API_FORBIDDEN' })
    expect((await mesh.aco.api.aco.list()).map(({ standing }) => standing)).not.toContain('revoked')
  })
})

describe('a token that was revoked', () => {
  it('opens nothing, and ends what it had open', async () => {
    const { api, id } = await clientOf({})
    const stop = new AbortController()
    const stream = api.tail(stop.signal)[Symbol.asyncIterator]()
    const ended = expect(stream.next()).rejects.toMatchObject({ code: 'API_UNAUTHORISED' })
    await eventually(async () => expect((await alpha.api.audit({ action: 'read' }))[0]?.token).toBe(id))
    await alpha.api.revokeToken(id)
    await expect(api.status()).rejects.toMatchObject({ code: 'API_UNAUTHORISED' })
    await publish(OPEN, 'clear')
    await ended
    stop.abort()
  })
})

describe('the trail', () => {
  it('tells who did what, without a gap, and nothing secret', async () => {
    const { token, id } = await alpha.api.createToken({ person: 'Ann', scopes: ['admin'] })
    const ann = createApiClient({ apiAddress: alpha.apiAddress, token })
    const asked = Array.from({ length: 50 }, (_, i) =>
      i % 10 === 0
        ? ann.publish({ tlp: 'clear', objects: [objectOf(`203.0.113.${i}`)], allow: [`203.0.113.${i}`] })
        : ann.lookup([OPEN]),
    )
    await Promise.all(asked)
    await Array.fromAsync(ann.backup(new AbortController().signal))
    const entries = await ann.audit({ person: 'Ann', limit: 1000 })
    const counts = Object.groupBy(entries, ({ action }) => action)
    expect([counts.publish?.length, counts.backup?.length]).toEqual([5, 1])
    expect(new Set(entries.map((entry) => entry.token))).toEqual(new Set([id]))
    expect(await ann.verifyAudit({})).toMatchObject({ isIntact: true })
    expect(JSON.stringify(await ann.audit({ limit: 1000 }))).not.toContain(token.slice(-43))
  })
})
