import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest'
import type { NodeApi } from '../../api.ts'
import { type Caller, LOCAL } from '../../caller.ts'
import { createMetrics, SILENT_LOGGER } from '../../observe/index.ts'
import type { Refusal } from '../../people/index.ts'
import { SCOPES } from '../../people-api.ts'
import { type ApiComponents, createApiApp } from './api-app.ts'
import { requireCaller, requireScope } from './guard.ts'
import { limitLargeBodies } from './large-bodies.ts'
import { ACO_METHODS, NODE_METHODS } from './methods.ts'
import { type ApiServer, startApi } from './start-api.ts'

const CALLERS: Readonly<Record<string, Caller>> = {
  local: LOCAL,
  reader: { person: 'Ann', token: 'aa', scope: 'read', clearance: 'clear' },
  publisher: { person: 'Bob', token: 'bb', scope: 'publish', clearance: 'green' },
  admin: { person: 'Eve', token: 'ee', scope: 'admin' },
}

const answer = () => Promise.resolve({ answered: true })
const api = {
  ...Object.fromEntries(Object.keys(NODE_METHODS).map((name) => [name, answer])),
  aco: Object.fromEntries(Object.keys(ACO_METHODS).map((name) => [name, answer])),
  async *backup() {
    yield new Uint8Array(1)
  },
} as unknown as NodeApi

function componentsOf(over: Partial<ApiComponents> = {}): ApiComponents {
  return {
    apiFor: () => api,
    authenticate: (token) => CALLERS[token],
    refused: () => {},
    metrics: createMetrics(() => 0),
    logger: SILENT_LOGGER,
    ...over,
  }
}

function appOf(over: Partial<ApiComponents> = {}) {
  return createApiApp(componentsOf(over), { host: '127.0.0.1', signal: new AbortController().signal })
}

function sent(token: string, method = 'POST', headers: Record<string, string> = {}): RequestInit {
  return { method, headers: { host: 'localhost', authorization: `Bearer ${token}`, ...headers } }
}

describe(limitLargeBodies, () => {
  it('takes some large requests of a token at one time, and any number of small ones', async () => {
    const { promise, resolve } = Promise.withResolvers<unknown>()
    const app = appOf({
      apiFor: () => ({ ...api, feeds: () => promise as never, inbox: () => promise as never }),
    })
    const chunked = { 'transfer-encoding': 'chunked' }
    const ask = (token: string, name: string, headers: Record<string, string> = chunked) =>
      app.request(`/api/v1/${name}`, sent(token, 'POST', headers))
    const small = Array.from({ length: 20 }, () => ask('reader', 'inbox', { 'content-length': '2' }))
    const large = Array.from({ length: 4 }, () => ask('reader', 'feeds'))
    const beyond = await ask('reader', 'feeds')
    expect(await beyond.json()).toMatchObject({ code: 'API_RATE_LIMITED', status: 429 })
    const others = [ask('publisher', 'feeds'), ...Array.from({ length: 9 }, () => ask('local', 'feeds'))]
    resolve({ answered: true })
    const all = await Promise.all([...small, ...large, ...others])
    expect(all.filter(({ status }) => status !== 200)).toEqual([])
    expect((await ask('reader', 'feeds')).status).toBe(200)
  })
})

describe(requireScope, () => {
  const methods = [
    ...Object.entries(NODE_METHODS).map(([name, { scope }]) => [name, scope] as const),
    ...Object.entries(ACO_METHODS).map(([name, { scope }]) => [`aco/${name}`, scope] as const),
  ]

  test.for(methods)('%s wants the scope %s or a higher one', async ([name, scope]) => {
    for (const [token, caller] of Object.entries(CALLERS)) {
      const { status } = await appOf().request(`/api/v1/${name}`, sent(token))
      const mayAsk = SCOPES.indexOf(caller.scope) >= SCOPES.indexOf(scope)
      expect(status === 403, `${token}: ${status}`).toBe(!mayAsk)
    }
  })

  it('keeps tokens, the trail, the ACO and backups to administrators', () => {
    const admins = ['createToken', 'tokens', 'revokeToken', 'audit', 'verifyAudit', 'quarantine', 'doctor']
    expect(admins.filter((name) => NODE_METHODS[name as 'audit'].scope !== 'admin')).toEqual([])
    expect(Object.values(ACO_METHODS).filter(({ scope }) => scope !== 'admin')).toEqual([])
  })

  it('says which scope is needed, and tells the trail', async () => {
    const refusals: Refusal[] = []
    const app = appOf({ refused: (refusal) => refusals.push(refusal) })
    const response = await app.request('/api/v1/backup', sent('publisher', 'GET'))
    expect(await response.json()).toMatchObject({ code: 'API_FORBIDDEN', status: 403 })
    expect(refusals).toEqual([
      { caller: CALLERS['publisher'], code: 'API_FORBIDDEN', method: 'backup', address: '' },
    ])
    expect((await app.request('/api/v1/backup', sent('admin', 'GET'))).status).toBe(200)
  })

  it('shows metrics to readers, and none of their counts to who may not see GREEN', async () => {
    expect((await appOf().request('/metrics', sent('publisher', 'GET'))).status).toBe(200)
    expect((await appOf().request('/metrics', sent('local', 'GET'))).status).toBe(200)
    expect((await appOf().request('/metrics', sent('reader', 'GET'))).status).toBe(403)
  })

  it('takes no method or path by another name', async () => {
    const app = appOf()
    const renamed = { 'x-http-method-override': 'GET', 'x-original-url': '/api/v1/status' }
    expect((await app.request('/api/v1/createToken', sent('reader', 'POST', renamed))).status).toBe(403)
    for (const path of ['/api/v1/%63reateToken', '/api/v1//createToken', '/api/v1/status/../createToken']) {
      const { status } = await app.request(path, sent('reader'))
      expect([403, 404], path).toContain(status)
    }
  })
})

describe(requireCaller, () => {
  it('answers every wrong token alike', async () => {
    const answers = new Set<string>()
    for (const authorization of [
      '',
      'Bearer',
      'Bearer ',
      'Bearer x',
      'bearer reader',
      'Bearer reader extra',
      'Bearer  reader',
      `Bearer ${'x'.repeat(5000)}`,
      'Basic reader',
    ]) {
      const response = await appOf().request('/api/v1/status', {
        method: 'POST',
        headers: { host: 'localhost', authorization },
      })
      expect(response.status, authorization).toBe(401)
      expect(response.headers.get('www-authenticate')).toBe('Bearer')
      answers.add(await response.text())
    }
    expect(answers.size).toBe(1)
  })

  it('lets a token ask as often as it may and gives turns back, to each token by itself', async () => {
    let now = 0
    const app = appOf({ clock: () => now })
    const ask = async (token: string) => (await app.request('/api/v1/status', sent(token))).status
    const first = await Promise.all(Array.from({ length: 250 }, () => ask('reader')))
    expect(first.filter((status) => status === 200).length).toBe(200)
    const limited = await app.request('/api/v1/status', sent('reader'))
    expect([limited.status, limited.headers.get('retry-after')]).toEqual([429, '1'])
    expect(await ask('publisher')).toBe(200)
    now = 1000
    expect(await ask('reader')).toBe(200)
    const local = await Promise.all(Array.from({ length: 300 }, () => ask('local')))
    expect(new Set(local)).toEqual(new Set([200]))
  })

  it('answers thousands of bad attempts shortly, and a good one all the same', async () => {
    const refusals: string[] = []
    const app = appOf({ clock: () => 0, refused: ({ code }) => refusals.push(code) })
    for (let i = 0; i < 2_000; i += 1) {
      const { status } = await app.request('/api/v1/status', sent(`wrong${i}`))
      expect(status).toBe(i < 10 ? 401 : 429)
    }
    expect(refusals.length).toBe(2_000)
    expect((await app.request('/api/v1/status', sent('local'))).status).toBe(200)
  })
})

describe('over a connection', () => {
  let server: ApiServer
  beforeAll(async () => {
    server = await startApi(componentsOf(), { host: '127.0.0.1', port: 0 })
  })
  afterAll(() => server[Symbol.asyncDispose]())

  /** What the server answers to bytes that no honest client sends. */
  function raw(text: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const socket = connect(Number(new URL(server.address).port), '127.0.0.1', () => socket.end(text))
      let answered = ''
      socket.on('data', (chunk) => (answered += String(chunk)))
      socket.on('close', () => resolve(answered))
      socket.on('error', reject)
    })
  }

  it('takes neither of two tokens, and no token out of the address, the body or a cookie', async () => {
    const post = 'POST /api/v1/createToken HTTP/1.1\r\nHost: localhost\r\n'
    const two = `${post}Authorization: Bearer reader\r\nAuthorization: Bearer admin\r\nContent-Length: 0\r\n\r\n`
    expect(await raw(two)).toMatch(/^HTTP\/1\.1 401 /)
    const cookie = `${post}Cookie: token=admin\r\nX-Authorization: Bearer admin\r\nContent-Length: 0\r\n\r\n`
    expect(await raw(cookie)).toMatch(/^HTTP\/1\.1 401 /)
    const address = post.replace('createToken', 'createToken?access_token=admin')
    expect(await raw(`${address}Content-Length: 24\r\n\r\n{"access_token":"admin"}`)).toMatch(
      /^HTTP\/1\.1 401 /,
    )
  })

  it('reads one request where two lengths disagree, or none', async () => {
    const smuggled =
      'POST /api/v1/createToken HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer admin\r\n\r\n'
    const both = `POST /api/v1/status HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer reader\r\nContent-Length: ${smuggled.length}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${smuggled}`
    expect(await raw(both)).toMatch(/^HTTP\/1\.1 400 /)
    const folded =
      'POST /api/v1/status HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer reader\r\n Bearer admin\r\nContent-Length: 0\r\n\r\n'
    expect(await raw(folded)).toMatch(/^HTTP\/1\.1 40[01] /)
  })
})
