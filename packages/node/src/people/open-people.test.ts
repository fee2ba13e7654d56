import { describe, expect, it } from 'vitest'
import { seededRandom } from '../../../../test/support/authority/test-aco.ts'
import type { ActRequest } from '../aco-api.ts'
import type { NodeApi } from '../api.ts'
import { LOCAL } from '../caller.ts'
import { loadConfig } from '../config/index.ts'
import { ApiError } from '../errors.ts'
import { SILENT_LOGGER } from '../observe/index.ts'
import type { AuditEntry } from '../people-api.ts'
import type { PublishResult } from '../publish-api.ts'
import { StoreError } from '../store/errors.ts'
import type { KnownCertificate, TrustChange } from '../trust/index.ts'
import { openPeople } from './open-people.ts'
import { createMemoryStore } from './testing/memory-store.ts'

const NODE = 'aa'.repeat(32)
const MEMBER = 'bb'.repeat(32)
const MINUTE_MS = 60_000
const nothing: PublishResult = {
  published: [],
  unchanged: [],
  held: [],
  overridden: [],
  refused: [],
  notices: [],
  isAnnounced: true,
}

function certificateOf(id: string, name: string): KnownCertificate {
  return {
    id,
    certificate: { claims: { expiresAt: 1, mesh: { clearance: 'green', name } } },
  } as KnownCertificate
}

/** A node without records: what a person does meets hand-made answers. */
async function open(api: Partial<NodeApi> = {}, settings: Readonly<Record<string, string>> = {}) {
  const store = createMemoryStore()
  const world = {
    now: Date.UTC(2026, 10, 22, 8),
    standings: new Map([[MEMBER, 'good']]),
    own: certificateOf('c1', 'Own'),
    tell: undefined as unknown as (change: TrustChange) => void,
  }
  const trust = {
    roster: {
      all: () => [{ keyId: MEMBER }],
      ofKey: (node: string) => [node === NODE ? world.own : certificateOf('c2', 'Member')],
    },
    standing: (node: string) => world.standings.get(node) ?? 'unknown',
    onChange: (listener: typeof world.tell) => (world.tell = listener),
  } as unknown as Parameters<typeof openPeople>[0]['trust']
  const start = (environment = settings) =>
    openPeople({
      store,
      trust,
      node: NODE,
      config: loadConfig({ environment, flags: {} }),
      logger: SILENT_LOGGER,
      clock: () => world.now,
      random: seededRandom('people'),
    })
  const people = await start()
  const ann = { person: 'Ann', token: 'a1', scope: 'admin' } as const
  return { store, world, people, start, ann, api: people.audited(api as NodeApi, ann) }
}

function seen(entries: readonly AuditEntry[]) {
  return entries.map(({ person, token, action, detail }) => [person, token, action, detail])
}

describe(openPeople, () => {
  it('notes the configuration at first, and then what has changed', async () => {
    const { people, start } = await open()
    const [first] = await people.audit({})
    expect(first).toMatchObject({ person: 'node', action: 'configuration' })
    expect(first?.detail['sync.intervalSeconds']).toBe('30')
    await start()
    const again = await start({ INTELMESH_SYNC_INTERVAL_SECONDS: '15' })
    expect(seen(await again.audit({ limit: 1 }))).toEqual([
      ['node', undefined, 'configuration', { 'sync.intervalSeconds': '15' }],
    ])
    expect((await again.audit({})).length).toBe(2)
  })

  it('notes who is cut off and let in again, and a certificate of its own', async () => {
    const { people, world } = await open()
    const told = (standing: string): void => {
      world.standings.set(MEMBER, standing)
      world.tell({ nodes: [MEMBER], isBeacon: true })
    }
    for (const standing of ['good', 'suspended', 'suspended', 'good', 'expired', 'revoked']) told(standing)
    world.own = certificateOf('c9', 'Own')
    world.tell({ nodes: [], isBeacon: true })
    await people[Symbol.asyncDispose]()
    const entries = await people.audit({ action: 'trust' })
    expect(entries.map(({ detail }) => detail['nodes'] ?? detail['certificate']).toReversed()).toEqual([
      [`Member ${MEMBER}: suspended`],
      [`Member ${MEMBER}: good`],
      [`Member ${MEMBER}: revoked`],
      'c9',
    ])
  })

  it('notes what was published, and what was let through', async () => {
    const held = { code: 'GATE_RESERVED', list: 'resolvers', value: '8.8.8.8' } as const
    const published = { record: 'r1', stixId: 's', type: 'indicator', where: 'f', as: 'new' } as const
    const result = { ...nothing, published: [published], overridden: [held] } as unknown as PublishResult
    const { api, people } = await open({ publish: async () => result })
    const request = { objects: [], tlp: 'green' } as const
    await api.publish({ ...request, feed: { name: 'daily', round: '1' } })
    await api.publish({ ...request, dryRun: true })
    expect(seen(await people.audit({ action: 'publish' }))).toEqual([
      [
        'Ann',
        'a1',
        'publish',
        {
          tlp: 'green',
          feed: 'daily',
          published: 1,
          unchanged: 0,
          held: 0,
          refused: 0,
          records: ['r1'],
          overridden: ['8.8.8.8 (resolvers)'],
        },
      ],
    ])
  })

  it('notes nothing where nothing changed', async () => {
    const { api, people } = await open({
      publish: async () => nothing,
      retract: async () => ({ retracted: [], refused: [], left: 0 }),
    })
    await api.publish({ objects: [], tlp: 'green' })
    await api.retract({ ids: ['x'], reason: 'error' })
    expect(await people.audit({ person: 'Ann' })).toEqual([])
  })

  it('notes what broke off, which may have done a part, and not what was refused', async () => {
    const failures = [new ApiError('RECORD_NOT_FOUND', 'none'), new StoreError('STORE_FULL', 'full')]
    const { api, people } = await open({ publish: async () => Promise.reject(failures.shift() as Error) })
    for (const code of ['RECORD_NOT_FOUND', 'STORE_FULL'])
      await expect(api.publish({ objects: [], tlp: 'green' })).rejects.toMatchObject({ code })
    const detail = { method: 'publish', failed: 'STORE_FULL' }
    expect(seen(await people.audit({ person: 'Ann' }))).toEqual([['Ann', 'a1', 'publish', detail]])
  })

  it('notes what an ACO does with whom', async () => {
    const act = async () => ({ statement: 3, beacon: 4, nodes: [MEMBER], closedChains: 1 })
    const { api, people } = await open({ aco: { act } as unknown as NonNullable<NodeApi['aco']> })
    const request: ActRequest = { action: 'revoke', who: 'Member', reason: 'key-compromise' }
    await api.aco?.act(request)
    const detail = { did: 'revoke', who: 'Member', reason: 'key-compromise', statement: 3, nodes: [MEMBER] }
    expect(seen(await people.audit({ action: 'aco' }))).toEqual([['Ann', 'a1', 'aco', detail]])
    expect((await open()).api.aco).toBeUndefined()
  })

  it('says that a thing was done when it could not be noted', async () => {
    const { api, store } = await open({
      retract: async () => ({
        retracted: [{ record: 'r', stixId: 's', tombstone: 't' }],
        refused: [],
        left: 0,
      }),
    })
    store.fault = new Error('full')
    await expect(api.retract({ ids: ['r'], reason: 'error' })).rejects.toMatchObject({ code: 'AUDIT_FAILED' })
  })

  it('notes reading at once, and what follows within a minute as one', async () => {
    const { api, people, world } = await open({
      lookup: async () => [],
      export: async () => ({ items: [] }),
      show: () => Promise.reject(new Error('none')),
    })
    await api.lookup(['a', 'b'])
    for (let i = 0; i < 50; i += 1) await api.lookup(['c'])
    await api.export({ by: 'Bank A', after: 7, limit: 5 })
    for (const id of ['x', 'y', 'y']) await expect(api.show(id)).rejects.toThrow('none')
    const detailsOf = async () =>
      (await people.audit({ person: 'Ann' })).map(({ detail }) => detail).toReversed()
    const first = [
      { method: 'lookup', values: 2 },
      { method: 'export', by: 'Bank A' },
      { method: 'show', id: 'x' },
    ]
    expect(await detailsOf()).toEqual(first)
    world.now += MINUTE_MS
    await api.lookup(['d'])
    expect(await detailsOf()).toEqual([
      ...first,
      { method: 'lookup', again: 50, values: 50 },
      { method: 'show', again: 2, of: ['id=y'] },
      { method: 'lookup', values: 1 },
    ])
  })

  it('answers who reads when it cannot be noted, and notes it when it can be', async () => {
    const { api, people, store, world } = await open({ lookup: async () => [] })
    store.fault = new Error('full')
    for (let i = 0; i < 3; i += 1) await api.lookup(['a'])
    world.now += MINUTE_MS
    await api.lookup(['a'])
    store.fault = undefined
    world.now += MINUTE_MS
    await people[Symbol.asyncDispose]()
    const noted = (await people.audit({ person: 'Ann' })).map(({ detail }) => detail['again'])
    expect(noted).toEqual([4])
  })

  it('notes what is still counted when it ends', async () => {
    const { api, people } = await open({ lookup: async () => [] })
    for (let i = 0; i < 3; i += 1) await api.lookup(['a'])
    await people[Symbol.asyncDispose]()
    expect((await people.audit({ person: 'Ann' })).map(({ detail }) => detail['again'])).toEqual([
      2,
      undefined,
    ])
  })

  it('keeps ten thousand refusals in two entries', async () => {
    const { people } = await open()
    for (let i = 0; i < 10_000; i += 1)
      people.refused({ code: 'API_UNAUTHORISED', method: 'status', address: `192.0.2.${i % 256}` })
    await people[Symbol.asyncDispose]()
    const entries = await people.audit({ action: 'refused' })
    expect(entries.map(({ person, detail }) => [person, detail['code'], detail['again']])).toEqual([
      ['node', 'API_UNAUTHORISED', 9_999],
      ['node', 'API_UNAUTHORISED', undefined],
    ])
    expect(entries[0]?.detail['of']).toHaveLength(20)
  })

  it('ends the streams of a token with it', async () => {
    const records = async function* () {
      for (let i = 0; ; i += 1) yield { sequence: i }
    } as unknown as NodeApi['tail']
    const { people } = await open()
    const { id } = await people.createToken({ person: 'Ann' }, LOCAL)
    const api = people.audited({ tail: records } as NodeApi, { person: 'Ann', token: id, scope: 'read' })
    const stream = api.tail(new AbortController().signal)[Symbol.asyncIterator]()
    expect((await stream.next()).value).toEqual({ sequence: 0 })
    await people.revokeToken(id, LOCAL)
    await expect(stream.next()).rejects.toMatchObject({ code: 'API_UNAUTHORISED' })
    expect(seen(await people.audit({ action: 'read' }))).toEqual([['Ann', id, 'read', { method: 'tail' }]])
  })

  it('lets a token read some streams at one time, and others when those have ended', async () => {
    const records = async function* () {
      for (let i = 0; ; i += 1) yield { sequence: i }
    } as unknown as NodeApi['tail']
    const { people } = await open()
    const { id } = await people.createToken({ person: 'Ann' }, LOCAL)
    const api = people.audited({ tail: records } as NodeApi, { person: 'Ann', token: id, scope: 'read' })
    const start = () => api.tail(new AbortController().signal)[Symbol.asyncIterator]()
    const streams = Array.from({ length: 16 }, start)
    for (const stream of streams) await stream.next()
    await expect(start().next()).rejects.toMatchObject({ code: 'API_RATE_LIMITED' })
    await streams[0]?.return?.()
    expect((await start().next()).value).toEqual({ sequence: 0 })
    await expect(start().next()).rejects.toMatchObject({ code: 'API_RATE_LIMITED' })
  })

  it('keeps the chain whole through a hundred callers at once', async () => {
    const { api, people } = await open({
      settle: async (record) =>
        ({ record, kind: 'note' }) as unknown as Awaited<ReturnType<NodeApi['settle']>>,
    })
    await Promise.all(Array.from({ length: 100 }, (_, i) => api.settle(`r${i}`)))
    expect((await people.audit({ action: 'inbox', limit: 1000 })).length).toBe(100)
    expect(await people.verifyAudit({})).toMatchObject({ isIntact: true, entries: 101 })
  })
})
