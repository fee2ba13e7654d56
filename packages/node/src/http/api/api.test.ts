import { request } from 'node:http'
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest'
import type { NodeApi } from '../../api.ts'
import { LOCAL } from '../../caller.ts'
import { ApiError } from '../../errors.ts'
import { createMetrics, SILENT_LOGGER } from '../../observe/index.ts'
import { createApiClient } from './api-client.ts'
import { ACO_METHODS, NODE_METHODS } from './methods.ts'
import { type ApiServer, startApi } from './start-api.ts'

const TOKEN = 'a'.repeat(43)
const calls: unknown[][] = []
let time = 0

/** Remembers what it was asked and answers with it. */
const node = {
  ...Object.fromEntries(Object.keys(NODE_METHODS).map((name) => [name, echo(name)])),
  show: (id: string) => Promise.reject(new ApiError('RECORD_NOT_FOUND', `no record ${id}`)),
  doctor: () => Promise.reject(new Error('secret detail')),
  aco: Object.fromEntries(Object.keys(ACO_METHODS).map((name) => [name, echo(`aco/${name}`)])),
} as unknown as NodeApi

function echo(name: string) {
  return async (...args: unknown[]) => {
    calls.push([name, ...args])
    return { asked: name }
  }
}

let server: ApiServer
beforeAll(async () => {
  server = await startApi(components(node), { host: '127.0.0.1', port: 0 })
})
afterAll(() => server[Symbol.asyncDispose]())

function components(api: NodeApi) {
  return {
    apiFor: () => api,
    authenticate: (token: string) => (token === TOKEN ? LOCAL : undefined),
    refused: () => {},
    metrics: createMetrics(() => 0),
    logger: SILENT_LOGGER,
    // Bad attempts are forgiven from one request to the next.
    clock: () => (time += 60_000),
  }
}

function client() {
  return createApiClient({ apiAddress: server.address, token: TOKEN })
}

/** fetch sets Host by itself, so this goes one level lower. */
function ask(
  path: string,
  headers: Record<string, string>,
  method = 'GET',
  body = '',
): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const sent = request(`${server.address}${path}`, { method, headers }, (response) => {
      let text = ''
      response.on('data', (chunk) => (text += String(chunk)))
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }))
    })
    sent.on('error', reject)
    sent.end(body)
  })
}

const bearer = { authorization: `Bearer ${TOKEN}` }

describe(createApiClient, () => {
  it('carries every argument to the node as it was', async () => {
    const requests: [string, unknown, () => Promise<unknown>][] = [
      [
        'publish',
        { objects: [{ text: '{"a":1e400}', where: 'f:1' }], tlp: 'green', dryRun: true },
        async () => 0,
      ],
      ['retract', { ids: ['x'], reason: 'leak' }, async () => 0],
      ['retract', { feed: { name: 'a feed', notIn: '7' }, reason: 'error', dryRun: true }, async () => 0],
      ['amend', { id: 'x', text: '{}', where: 'f', allow: ['8.8.8.8'] }, async () => 0],
      ['comment', { kind: 'opinion', target: 'x', opinion: 'agree' }, async () => 0],
      ['createToken', { person: 'Ann', scopes: ['read'], clearance: 'clear', days: 3 }, async () => 0],
      ['revokeToken', '0123456789abcdef', async () => 0],
      ['settle', 'ab', async () => 0],
      ['audit', { action: 'publish', person: 'Ann', before: 8, limit: 2 }, async () => 0],
      ['verifyAudit', { head: 'ab' }, async () => 0],
      ['lookup', ['1.2.3.4', 'evil.example'], async () => 0],
      ['records', { type: 'indicator', after: 3, limit: 10 }, async () => 0],
      ['export', {}, async () => 0],
      ['quarantine', { limit: 5 }, async () => 0],
    ]
    for (const [name, argument] of requests) {
      const method = (client() as unknown as Record<string, (a: unknown) => Promise<unknown>>)[name]
      await expect(method?.(argument), name).resolves.toEqual({ asked: name })
      expect(calls.at(-1), name).toEqual([name, argument])
    }
  })

  it('carries what an ACO is asked', async () => {
    const act = {
      action: 'suspend',
      who: 'Bank A',
      reason: 'inactive',
      until: '2030-01-01T00:00:00Z',
    } as const
    await client().aco?.act(act)
    expect(calls.at(-1)).toEqual(['aco/act', act])
    const invite = { org: 'Bank A', kind: 'member', roles: ['mssp'], clearance: 'green', days: 14 } as const
    await client().aco?.issue({ request: 'AAAA', grant: invite })
    expect(calls.at(-1)).toEqual(['aco/issue', { request: 'AAAA', grant: invite }])
  })

  it('throws the code of the fault at the node', async () => {
    await expect(client().show('nope')).rejects.toMatchObject({ code: 'RECORD_NOT_FOUND' })
  })

  it('learns nothing of an unexpected fault', async () => {
    const fault = await client()
      .doctor()
      .catch((error: unknown) => error)
    expect(fault).toMatchObject({ code: 'INTERNAL' })
    expect(String(fault)).not.toContain('secret detail')
  })

  it('says when nobody answers', async () => {
    const nobody = await startApi(components(node), { host: '127.0.0.1', port: 0 })
    await nobody[Symbol.asyncDispose]()
    const lost = createApiClient({ apiAddress: nobody.address, token: TOKEN })
    await expect(lost.status()).rejects.toMatchObject({ code: 'API_UNREACHABLE' })
  })
})

describe(startApi, () => {
  test.for([
    ['no token', {}],
    ['another token', { authorization: `Bearer ${'b'.repeat(43)}` }],
    ['a shorter token', { authorization: 'Bearer a' }],
    ['another scheme', { authorization: `Basic ${TOKEN}` }],
  ] as const)('refuses %s', async ([, headers]) => {
    for (const path of ['/metrics', '/api/v1/tail', '/api/v1/nothing']) {
      const { status, text } = await ask(path, headers)
      expect(status, path).toBe(401)
      expect(JSON.parse(text), path).toMatchObject({ code: 'API_UNAUTHORISED' })
    }
  })

  test.for(['evil.example', 'evil.example:80', '127.0.0.1.evil.example', 'localhost.evil.example'])(
    'refuses the host name %j, with or without the token',
    async (host) => {
      for (const path of ['/health', '/metrics', '/api/v1/tail']) {
        const { status } = await ask(path, { ...bearer, host })
        expect(status, path).toBe(421)
      }
    },
  )

  test.for(['localhost', 'localhost:1', '127.0.0.1', '[::1]:80', 'LOCALHOST'])(
    'answers as %s',
    async (host) => {
      expect(await ask('/health', { host })).toEqual({ status: 200, text: '{"status":"ok"}' })
    },
  )

  it('shows metrics to who has the token', async () => {
    const { status, text } = await ask('/metrics', bearer)
    expect(status).toBe(200)
    expect(text).toContain('intelmesh_api_request_seconds_bucket')
  })

  test.for([
    ['lookup', '{"values":[]}', 'values'],
    ['lookup', '{"values":["a",1]}', 'values[1]'],
    ['lookup', '["a"]', 'body'],
    ['lookup', '{"values":["a"],"valeus":1}', 'valeus'],
    ['lookup', '{', 'body'],
    ['records', '{"limit":1001}', 'limit'],
    ['records', '{"tlp":"white"}', 'tlp'],
    ['records', '{"__proto__":{"limit":1}}', '__proto__'],
    ['publish', '{"tlp":"clear"}', 'objects'],
    ['publish', '{"objects":[{"text":"{}"}],"tlp":"clear"}', 'objects[0].where'],
    ['publish', '{"objects":[{"text":"{}","where":"x"}],"tlp":"clear","expires":"tomorrow"}', 'expires'],
    ['aco/act', '{"action":"lapse","who":"x","reason":"inactive"}', 'action'],
    ['aco/invite', '{"org":"x","kind":"member","roles":["king"],"clearance":"red","days":1}', 'roles[0]'],
    ['status', '{"x":1}', 'x'],
    ['createToken', '{"person":"x","scopes":["king"]}', 'scopes[0]'],
    ['createToken', '{"person":"x","scopes":[]}', 'scopes'],
    ['createToken', '{"person":"x","days":0}', 'days'],
    ['audit', '{"limit":1001}', 'limit'],
    ['comment', '{"kind":"praise","target":"x"}', 'kind'],
    ['retract', '{"reason":"error","feed":{"name":""}}', 'feed.name'],
  ] as const)('refuses %s of %s, naming the field', async ([method, body, field]) => {
    const { status, text } = await ask(`/api/v1/${method}`, bearer, 'POST', body)
    expect(status).toBe(400)
    const problem = JSON.parse(text) as { code: string; detail: string }
    expect(problem.code).toBe('ARGUMENT_INVALID')
    expect(problem.detail).toContain(field)
  })

  it('refuses a body that is too large', async () => {
    const { status, text } = await ask(
      '/api/v1/show',
      bearer,
      'POST',
      JSON.stringify({ id: 'x'.repeat(1_100_000) }),
    )
    expect(status).toBe(413)
    expect(JSON.parse(text)).toMatchObject({ code: 'API_BODY_TOO_LARGE' })
  })

  it('serves POST alone, and only what is in the table', async () => {
    for (const [method, path] of [
      ['GET', '/api/v1/status'],
      ['POST', '/api/v1/toString'],
      ['POST', '/api/v1/aco'],
    ] as const) {
      expect((await ask(path, bearer, method)).status, path).toBe(404)
    }
  })

  it('takes a nest of a hundred thousand brackets for what it is', async () => {
    const { status } = await ask('/api/v1/lookup', bearer, 'POST', '['.repeat(100_000) + ']'.repeat(100_000))
    expect(status).toBe(400)
  })

  it('says on a node of a member that it is no ACO', async () => {
    const { aco: _, ...member } = node
    await using plain = await startApi(components(member), { host: '127.0.0.1', port: 0 })
    const api = createApiClient({ apiAddress: plain.address, token: TOKEN })
    await expect(api.aco?.list()).rejects.toMatchObject({ code: 'NOT_AN_ACO' })
  })

  it('says that a port is taken', async () => {
    const port = Number(new URL(server.address).port)
    await expect(startApi(components(node), { host: '127.0.0.1', port })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
    })
  })
})
