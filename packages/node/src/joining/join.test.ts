import {
  formatInvite,
  type EnrolmentReply,
  MERGE_DELAY_MS,
  parseInvite,
  sealSign1,
  STATUS_LIST,
  statusListSubject,
  encodeReply,
  decodeReply,
} from '@intelmesh/protocol'
import { afterEach, beforeEach, describe, expect, it, test } from 'vitest'
import {
  createTestAco,
  DAY_MS,
  judge,
  kemNamed,
  memberCalled,
  signerNamed,
  type TestAco,
} from '../../../../test/support/authority/test-aco.ts'
import { codeWhen, openReply, taggedBy } from '../../../../test/support/authority/test-newcomer.ts'
import { acceptMaterial } from './accept-material.ts'
import { join, type JoinComponents } from './join.ts'

let aco: TestAco
let invite: string

beforeEach(async () => {
  aco = await createTestAco()
  invite = (await aco.authority.invite(memberCalled('alice'))).invite
})

afterEach(() => aco[Symbol.asyncDispose]())

describe(join, () => {
  it('asks the addresses in turn, whatever those before answer', async () => {
    const line = withUrls(['http://a.example', 'http://b.example/', 'http://c.example/base'])
    const asked: string[] = []
    const answers: Readonly<Record<string, () => Promise<Response>>> = {
      'http://a.example/enrol': () => Promise.reject(new TypeError('unreachable')),
      'http://b.example/enrol': async () => Response.json({ code: 'INVITE_USED' }, { status: 409 }),
    }
    const membership = await joined(line, async (url, init) => {
      asked.push(url)
      return answers[url]?.() ?? served(init)
    })
    expect(membership.chain[0].claims.mesh.name).toBe('alice')
    expect(asked).toEqual(['http://a.example/enrol', 'http://b.example/enrol', 'http://c.example/base/enrol'])
  })

  test.for([
    [
      'a refusal by its code',
      Response.json({ code: 'INVITE_EXPIRED', message: 'x' }, { status: 410 }),
      'INVITE_EXPIRED',
    ],
    ['a refusal without a code', new Response('<html>', { status: 502 }), 'JOIN_REFUSED'],
    ['a code that is none', Response.json({ code: 'a\u001b[31m' }, { status: 400 }), 'JOIN_REFUSED'],
    ['null', Response.json(null, { status: 500 }), 'JOIN_REFUSED'],
    ['an answer without end', new Response(endless()), 'JOIN_ANSWER_MALFORMED'],
    ['an empty answer', new Response(), 'REPLY_MALFORMED'],
  ] as const)('turns %s into an error', async ([, response, code]) => {
    expect(await codeWhen(joined(invite, async () => response))).toBe(code)
  })

  it('says that nobody could be reached, and follows no address but http', async () => {
    expect(await codeWhen(joined(invite, () => Promise.reject(new TypeError('no route'))))).toBe(
      'JOIN_UNREACHABLE',
    )
    const reached: string[] = []
    const line = withUrls(['http://user@a.example'])
    const fetched = joined(line, async (url, init) => {
      reached.push(url)
      return served(init)
    })
    expect(await codeWhen(fetched)).toBe('JOIN_UNREACHABLE')
    expect(reached).toEqual([])
  })

  it('stops when told to, also while it waits for the ACO', async () => {
    const stop = new AbortController()
    const components = { ...newcomer(), fetch: async () => new Response(null, { status: 202 }) }
    const pending = join(
      invite,
      {
        ...components,
        wait: async (_, signal) => (stop.abort(new Error('stopped')), signal.throwIfAborted()),
      },
      { signal: stop.signal },
    )
    await expect(pending).rejects.toThrow('stopped')
  })

  it('refuses an invite that was cut, and a reply that was changed on the way', async () => {
    expect(await codeWhen(joined(invite.slice(0, -3), async (_, init) => served(init)))).toBe(
      'INVITE_CHECKSUM',
    )
    const changed = async (_: string, init: RequestInit): Promise<Response> => {
      const bytes = new Uint8Array(await (await served(init)).arrayBuffer())
      return new Response(bytes.with(200, (bytes[200] as number) ^ 1))
    }
    expect(await codeWhen(joined(invite, changed))).toBe('REPLY_TAG_INVALID')
  })
})

describe(acceptMaterial, () => {
  it('refuses each part that is not of one piece with the rest', async () => {
    const reply = await openReply(aco, invite, await taggedBy(aco, 'alice', invite))
    await aco.authority.beat()
    const later = aco.beacons().at(-1)?.bytes as Uint8Array
    await aco.authority.act({ action: 'revoke', who: 'Test ACO', reason: 'ceased' })
    const revoked = aco.announced.filter(({ kind }) => kind === 'status-list').at(-1)?.bytes as Uint8Array
    const [own, , root] = reply.chain as [Uint8Array, Uint8Array, Uint8Array]
    const cases: Readonly<Record<string, [Partial<EnrolmentReply>, string]>> = {
      'another list than the beacon names': [{ statusList: revoked }, 'STATUS_LIST_MISMATCH'],
      'a proof for another tree': [{ proof: { size: 9, index: 3, path: [] } }, 'CERT_NOT_LOGGED'],
      'a beacon with another signature': [{ beacon: flipped(reply.beacon) }, 'COSE_SIGNATURE_INVALID'],
      'a chain without its operator': [{ chain: [own, root, root] }, 'CERT_ISSUER_MISMATCH'],
    }
    for (const [what, [change, code]] of Object.entries(cases)) {
      expect(await codeWhen(accepted({ ...reply, ...change })), what).toBe(code)
    }
    expect(await codeWhen(accepted({ ...reply, beacon: later })), 'a later beacon over the same log').toBe(
      'no error',
    )
  })

  it('takes a certificate without proof within the merge delay alone', async () => {
    const { proof: _, ...reply } = await openReply(aco, invite, await taggedBy(aco, 'alice', invite))
    const issuedAt = Math.floor(aco.now / 1000) * 1000
    expect(await codeWhen(accepted(reply, issuedAt + MERGE_DELAY_MS))).toBe('no error')
    expect(await codeWhen(accepted(reply, issuedAt + MERGE_DELAY_MS + 1))).toBe('CERT_NOT_LOGGED')
  })

  it('refuses a reply by which the own key is revoked already', async () => {
    const reply = await openReply(aco, invite, await taggedBy(aco, 'alice', invite))
    await aco.authority.act({ action: 'revoke', who: 'alice', reason: 'ceased' })
    const newest = (kind: string): Uint8Array =>
      aco.announced.filter((object) => object.kind === kind).at(-1)?.bytes as Uint8Array
    const { proof: _, ...rest } = reply
    const told = { ...rest, beacon: newest('beacon'), statusList: newest('status-list') }
    expect(await codeWhen(accepted(told))).toBe('CERT_REVOKED')
  })

  it('refuses a list that the operator signed about another ACO', async () => {
    const reply = await openReply(aco, invite, await taggedBy(aco, 'alice', invite))
    const token = { subject: statusListSubject(new Uint8Array(32)), issuedAt: 1, list: new Uint8Array() }
    const statusList = await sealSign1(STATUS_LIST, token, signerNamed('operator'))
    expect(await codeWhen(accepted({ ...reply, statusList }))).toBe('STATUS_LIST_MISMATCH')
  })

  it('refuses a reply after its certificate has expired', async () => {
    const reply = await openReply(aco, invite, await taggedBy(aco, 'alice', invite))
    expect(await codeWhen(accepted(reply, aco.now + 15 * DAY_MS))).toBe('CERT_EXPIRED')
    expect(await codeWhen(accepted(reply, aco.now - DAY_MS))).toBe('CERT_NOT_YET_VALID')
  })
})

function accepted(reply: EnrolmentReply, now = aco.now): Promise<unknown> {
  const keys = { publicKey: signerNamed('alice').publicKey, kemKey: kemNamed('alice').key }
  return acceptMaterial(decodeReply(encodeReply(reply)), {
    aco: aco.authority.aco,
    ...keys,
    now,
  })
}

function newcomer(): Omit<JoinComponents, 'fetch'> {
  return {
    signer: signerNamed('alice'),
    kemKey: kemNamed('alice').key,
    clock: () => aco.now,
    wait: async () => {},
  }
}

function joined(line: string, fetch: JoinComponents['fetch']): ReturnType<typeof join> {
  return join(line, { ...newcomer(), fetch }, { signal: AbortSignal.timeout(5000) })
}

/** The invite with other addresses. */
function withUrls(urls: readonly string[]): string {
  return formatInvite(judge, { ...parseInvite(judge, invite), urls })
}

/** The service's answer to a request. */
async function served(init: RequestInit): Promise<Response> {
  const outcome = await aco.authority.enrol(init.body as Uint8Array)
  if (outcome.status === 'pending') return new Response(null, { status: 202 })
  return new Response(outcome.reply as Uint8Array<ArrayBuffer>)
}

function flipped(bytes: Uint8Array): Uint8Array {
  return bytes.with(-1, (bytes.at(-1) as number) ^ 1)
}

function endless(): ReadableStream<Uint8Array> {
  return new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(65_536)) })
}
