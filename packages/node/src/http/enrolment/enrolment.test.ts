import { connect } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { encodeCbor, parseInvite, toHex } from '@intelmesh/protocol'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it, test } from 'vitest'
import {
  createTestAco,
  DAY_MS,
  judge,
  kemNamed,
  memberCalled,
  signerNamed,
  type TestAco,
} from '../../../../../test/support/authority/test-aco.ts'
import { codeWhen, taggedBy } from '../../../../../test/support/authority/test-newcomer.ts'
import { join, type JoinComponents, renew } from '../../joining/index.ts'
import { createEnrolmentApp } from './app.ts'
import { startEnrolment } from './start-enrolment.ts'

let aco: TestAco

beforeEach(async () => {
  aco = await createTestAco()
})

afterEach(() => aco[Symbol.asyncDispose]())

describe(startEnrolment, () => {
  it('lets a node join and renew over real HTTP', async () => {
    await using service = await started()
    const { invite } = await aco.authority.invite(memberCalled('alice'))
    const urls = [`http://127.0.0.1:${service.port}`]
    const signal = AbortSignal.timeout(10_000)
    const membership = await join(
      invite,
      { ...newcomer('alice'), fetch: redirected(urls[0] as string) },
      { signal },
    )
    expect(membership.chain[0].claims.mesh.name).toBe('alice')
    aco.now += 7 * DAY_MS
    const certificate = membership.chain[0].bytes
    const keys = { ...newcomer('alice'), kemKey: kemNamed('alice next').key }
    const next = await renew({ ...keys, fetch, aco: membership.aco, certificate, urls }, signal)
    expect(next.chain[0].claims.mesh.kemKey).toEqual(kemNamed('alice next').key)
  })

  it('survives garbage and clients that go away, and says nothing about itself', async () => {
    await using service = await started()
    for (const bytes of [
      '\0\0\0',
      'GET\r\n\r\n',
      'POST /enrol HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\nabc',
    ]) {
      const socket = connect(service.port, '127.0.0.1')
      await new Promise((resolve) => socket.end(bytes, () => resolve(undefined)))
      socket.on('error', () => {}).destroy()
    }
    const answer = await fetch(`http://127.0.0.1:${service.port}/health`)
    expect(await answer.json()).toEqual({ status: 'ok' })
    const failed = await fetch(`http://127.0.0.1:${service.port}/enrol`, { method: 'POST', body: 'x' })
    expect(Object.keys((await failed.json()) as object)).toEqual(['code', 'message'])
    expect(failed.headers.get('x-powered-by')).toBeNull()
  })

  it('says when its port is taken', async () => {
    await using service = await started()
    const second = startEnrolment({ authority: aco.authority, host: '127.0.0.1', port: service.port })
    expect(await codeWhen(second)).toBe('EADDRINUSE')
  })

  it('may be disposed of twice', async () => {
    const service = await started()
    await service[Symbol.asyncDispose]()
    await service[Symbol.asyncDispose]()
    expect(await codeWhen(fetch(`http://127.0.0.1:${service.port}/health`))).not.toBe('no error')
  })
})

describe(createEnrolmentApp, () => {
  it('answers a waiting request with 202 until the ACO has confirmed', async () => {
    const { invite, id } = await aco.authority.invite(memberCalled('alice', { confirm: true }))
    const app = createEnrolmentApp(aco.authority)
    let waits = 0
    const components: JoinComponents = {
      ...newcomer('alice'),
      fetch: async (url, init) => app.request(new URL(url).pathname, init),
      wait: async () => {
        waits++
        await aco.authority.issue({ invite: id })
      },
    }
    const membership = await join(invite, components, { signal: AbortSignal.timeout(5000) })
    expect(membership.chain[0].claims.mesh.name).toBe('alice')
    expect(waits).toBe(1)
  })

  test.for([
    ['a used invite', 'INVITE_USED', 409],
    ['an expired invite', 'INVITE_EXPIRED', 410],
    ['an unknown invite', 'INVITE_UNKNOWN', 404],
  ] as const)('says by its status what became of %s', async ([what, code, status]) => {
    const { invite } = await aco.authority.invite(memberCalled('alice'))
    const app = createEnrolmentApp(aco.authority)
    if (what === 'a used invite') await aco.authority.enrol(await taggedBy(aco, 'bob', invite))
    const tagged = await taggedBy(aco, 'alice', invite)
    const body = what === 'an unknown invite' ? withOtherId(tagged, parseInvite(judge, invite).id) : tagged
    if (what === 'an expired invite') aco.now += 4 * DAY_MS
    const answer = await app.request('/enrol', post(body))
    expect([((await answer.json()) as { code: string }).code, answer.status]).toEqual([code, status])
  })

  it('refuses large bodies, other media types, other paths and what is no renewal', async () => {
    const app = createEnrolmentApp(aco.authority)
    expect((await app.request('/enrol', post(new Uint8Array(4097)))).status).toBe(413)
    const endless = new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(1024)) })
    const streamed = { ...post(new Uint8Array()), body: endless, duplex: 'half' } as RequestInit
    expect((await app.request('/enrol', streamed)).status).toBe(413)
    expect((await app.request('/enrol', { method: 'POST', body: 'x' })).status).toBe(415)
    expect((await app.request('/other', post(new Uint8Array()))).status).toBe(404)
    expect((await app.request('/enrol')).status).toBe(404)
    for (const body of [
      new Uint8Array(),
      encodeCbor([]),
      encodeCbor([new Uint8Array(9), new Uint8Array(9)]),
    ]) {
      expect((await app.request('/renew', post(body))).status, toHex(body)).toBe(400)
    }
  })

  it('answers whatever bytes come with a code, and never with a fault of its own', async () => {
    const app = createEnrolmentApp(aco.authority, {
      clock: (
        (now) => () =>
          (now += 1000)
      )(0),
    })
    const { invite } = await aco.authority.invite(memberCalled('alice'))
    const tagged = await taggedBy(aco, 'alice', invite)
    const mutated = fc
      .tuple(fc.nat(tagged.length - 1), fc.integer({ min: 1, max: 255 }))
      .map(([at, bits]) => tagged.with(at, (tagged[at] as number) ^ bits))
    const bodies = fc.oneof(fc.uint8Array({ maxLength: 300 }), mutated)
    await fc.assert(
      fc.asyncProperty(bodies, fc.constantFrom('/enrol', '/renew'), async (body, path) => {
        const { status } = await app.request(path, post(body))
        expect([400, 403, 404]).toContain(status)
      }),
      { numRuns: 200 },
    )
  })

  it('tells strangers nothing of its own faults', async () => {
    const faults: unknown[] = []
    const broken = { ...aco.authority, enrol: () => Promise.reject(new Error('secret detail')) }
    const app = createEnrolmentApp(broken, { onFault: (error) => faults.push(error) })
    const answer = await app.request('/enrol', post(new Uint8Array(1)))
    expect([answer.status, await answer.json()]).toEqual([
      500,
      { code: 'INTERNAL', message: 'the service failed' },
    ])
    expect(faults).toHaveLength(1)
  })

  it('limits each address, and forgives with time', async () => {
    let now = 0
    const app = createEnrolmentApp(aco.authority, { clock: () => now })
    const ask = async (): Promise<number> => (await app.request('/renew/nonce', { method: 'POST' })).status
    const answers = await Promise.all(Array.from({ length: 61 }, ask))
    expect(answers.filter((status) => status === 429)).toHaveLength(1)
    now += 1000
    expect(await ask()).toBe(200)
  })
})

function newcomer(name: string): Omit<JoinComponents, 'fetch'> {
  return {
    signer: signerNamed(name),
    kemKey: kemNamed(name).key,
    clock: () => aco.now,
    wait: (ms, signal) => wait(ms, undefined, { signal }),
  }
}

function started(): ReturnType<typeof startEnrolment> {
  return startEnrolment({ authority: aco.authority, host: '127.0.0.1', port: 0 })
}

/** A fetch for which the service's public name leads to this machine. */
function redirected(base: string): typeof fetch {
  return ((url: string, init: RequestInit) =>
    fetch(new URL(new URL(url).pathname, base), init)) as typeof fetch
}

function post(body: Uint8Array): RequestInit {
  return {
    method: 'POST',
    body: body as Uint8Array<ArrayBuffer>,
    headers: { 'content-type': 'application/cbor' },
  }
}

function withOtherId(tagged: Uint8Array, id: Uint8Array): Uint8Array {
  const at = toHex(tagged).indexOf(toHex(id)) / 2
  return tagged.with(at, (tagged[at] as number) ^ 1)
}
