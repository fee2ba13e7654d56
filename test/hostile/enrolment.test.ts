import { createServer, type Server } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { join, startNode } from '@intelmesh/node'
import { formatInvite, parseInvite, portableCrypto, splitTagged } from '@intelmesh/protocol'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Mesh, startMesh } from '../support/mesh.ts'

let mesh: Mesh
/** A good reply to somebody else. */
let otherReply: Uint8Array
beforeAll(async () => {
  mesh = await startMesh({ members: [] })
  await using proxy = await startProxy((status, body) => ({ status, body }))
  await enrol('other', throughProxy(await mesh.invite({ name: 'other' }), proxy.url))
  otherReply = proxy.answers[0] as Uint8Array
})
afterAll(() => mesh?.[Symbol.asyncDispose]())

/** Changes an answer of the enrolment service on its way. */
type Tamper = (status: number, body: Uint8Array) => { readonly status: number; readonly body: Uint8Array }

describe('somebody between a newcomer and the enrolment service', () => {
  it.for<[what: string, code: string, tamper: Tamper]>([
    [
      'changes a bit in the middle',
      'REPLY_TAG_INVALID',
      (status, body) => ({ status, body: flipped(body, body.length >> 1) }),
    ],
    [
      'changes the tag',
      'REPLY_TAG_INVALID',
      (status, body) => ({ status, body: flipped(body, body.length - 1) }),
    ],
    ['cuts the reply short', 'REPLY_MALFORMED', (status, body) => ({ status, body: body.slice(0, -10) })],
    ['puts another reply in its place', 'REPLY_TAG_INVALID', (status) => ({ status, body: otherReply })],
    ['answers with something else', 'REPLY_MALFORMED', () => ({ status: 200, body: Buffer.from('<html>') })],
    [
      'sends what never ends',
      'JOIN_ANSWER_MALFORMED',
      () => ({ status: 200, body: new Uint8Array(10 * 1024 * 1024) }),
    ],
    [
      'says that the invite is used',
      'INVITE_USED',
      () => ({ status: 409, body: Buffer.from('{"code":"INVITE_USED"}') }),
    ],
    ['fails', 'JOIN_REFUSED', () => ({ status: 500, body: Buffer.from('\u{1b}[2J') })],
  ])('that %s brings about %s, and no more', async ([what, code, tamper]) => {
    const name = `newcomer of whom it ${what}`
    const invite = await mesh.invite({ name })
    await using proxy = await startProxy(tamper)
    await expect(enrol(name, throughProxy(invite, proxy.url))).rejects.toMatchObject({ code })
    await expect(startNode(mesh.access(name))).rejects.toMatchObject({ code: 'HOME_MISSING' })
    // The same key asks again by an honest way, and gets what was kept from it.
    await enrol(name, invite)
    await mesh.start(name)
    await mesh.stop(name)
    expect(await stateOf(invite)).toBe('used')
  })

  it('gains nothing by sending a request again: it is answered with the same certificate, for another key than its own', async () => {
    const name = 'replayed'
    const invite = await mesh.invite({ name })
    await using proxy = await startProxy((status, body) => ({ status, body }))
    await enrol(name, throughProxy(invite, proxy.url))
    const [request] = proxy.requests as [Uint8Array]
    const members = await mesh.aco.api.aco.list()
    const again = await post(mesh.aco.enrolmentAddress as string, request)
    expect(again.status).toBe(200)
    expect(Buffer.from(again.body).equals(proxy.answers[0] as Uint8Array)).toBe(true)
    expect(await mesh.aco.api.aco.list()).toEqual(members)
    expect(await stateOf(invite)).toBe('used')
  })

  it('cannot put its own key into a request', async () => {
    const name = 'displaced'
    const invite = await mesh.invite({ name })
    await using proxy = await startProxy((status, body) => ({ status, body }))
    await enrol(name, throughProxy(invite, proxy.url))
    const { request } = splitTagged(proxy.requests[0] as Uint8Array)
    const changed = Buffer.from(proxy.requests[0] as Uint8Array)
    changed[changed.indexOf(request) + request.length - 1] = (request.at(-1) ?? 0) ^ 1
    const { status, body } = await post(mesh.aco.enrolmentAddress as string, changed)
    expect(status).toBe(403)
    expect(JSON.parse(Buffer.from(body).toString())).toMatchObject({ code: 'REQUEST_TAG_INVALID' })
  })
})

describe('an invite', () => {
  it('lets one key in: another is refused, and the ACO is alarmed', async () => {
    const invite = await mesh.invite({ name: 'twice' })
    await enrol('twice', invite)
    await expect(enrol('twice by another', invite)).rejects.toMatchObject({ code: 'INVITE_USED' })
    expect(await stateOf(invite)).toBe('alarm')
    const members = await mesh.aco.api.aco.list()
    expect(members.filter(({ organisation }) => organisation.name === 'twice')).toHaveLength(1)
  })

  it('with a character changed is refused before anybody is asked', async () => {
    const invite = await mesh.invite({ name: 'mistyped' })
    // Not the last: some of its bits may stand for nothing, and then no base64url has them set.
    const changed = `${invite.slice(0, 40)}${invite[40] === 'A' ? 'B' : 'A'}${invite.slice(41)}`
    await expect(enrol('mistyped', changed)).rejects.toMatchObject({ code: 'INVITE_CHECKSUM' })
  })
})

function enrol(name: string, invite: string): Promise<unknown> {
  return join({
    home: mesh.home(name),
    settings: {},
    protection: { kind: 'plain' },
    invite,
    signal: AbortSignal.timeout(20_000),
    onWaiting() {},
  })
}

async function stateOf(line: string): Promise<string | undefined> {
  const id = Buffer.from(parseInvite(portableCrypto, line).id).toString('hex')
  return (await mesh.aco.api.aco.requests()).find(({ invite }) => invite === id)?.state
}

/** The invite with another address in it: nobody signs it, and only its secret counts. */
function throughProxy(line: string, url: string): string {
  return formatInvite(portableCrypto, { ...parseInvite(portableCrypto, line), urls: [url] })
}

function flipped(bytes: Uint8Array, at: number): Uint8Array {
  const changed = bytes.slice()
  changed[at] = (changed[at] ?? 0) ^ 1
  return changed
}

interface Proxy extends AsyncDisposable {
  readonly url: string
  readonly requests: readonly Uint8Array[]
  /** What the service answered. */
  readonly answers: readonly Uint8Array[]
}

/** Passes requests on to the ACO's enrolment service, and tampers with its answers. */
async function startProxy(tamper: Tamper): Promise<Proxy> {
  const requests: Uint8Array[] = []
  const answers: Uint8Array[] = []
  const server: Server = createServer((request, response) => {
    void (async () => {
      const sent = Buffer.concat(await Array.fromAsync(request))
      requests.push(sent)
      const answer = await post(mesh.aco.enrolmentAddress as string, sent)
      answers.push(answer.body)
      const { status, body } = tamper(answer.status, answer.body)
      response.writeHead(status, { 'content-type': 'application/cbor' }).end(body)
    })()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    answers,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

async function post(url: string, body: Uint8Array): Promise<{ status: number; body: Uint8Array }> {
  const response = await fetch(`${url}/enrol`, {
    method: 'POST',
    headers: { 'content-type': 'application/cbor' },
    body: Uint8Array.from(body),
  })
  return { status: response.status, body: new Uint8Array(await response.arrayBuffer()) }
}
