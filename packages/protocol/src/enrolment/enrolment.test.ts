import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import {
  chainOf,
  claimsOf,
  identityOf,
  issue,
  NODE,
  OPERATOR,
  ROOT,
} from '../../../../test/protocol/authority.ts'
import { codeFrom } from '../../../../test/protocol/code-from.ts'
import { portableCrypto } from '../crypto/index.ts'
import { encodeCbor } from '../encoding/index.ts'
import { codeOf } from '../errors.ts'
import type { Invite } from './invite.ts'
import { openRenewal, type Renewal, sealRenewal } from './renewal.ts'
import { acceptReply, decodeReply, encodeReply, type EnrolmentReply, tagReply, untagReply } from './reply.ts'
import {
  type EnrolmentRequest,
  openRequest,
  sealRequest,
  splitTagged,
  tagRequest,
  untagRequest,
} from './request.ts'

const INVITE: Pick<Invite, 'aco' | 'id' | 'secret'> = {
  aco: ROOT.keyId,
  id: new Uint8Array(16).fill(2),
  secret: new Uint8Array(32).fill(3),
}
const kemKey = { id: new Uint8Array(8).fill(4), publicKey: new Uint8Array(32).fill(5) }
const REQUEST: EnrolmentRequest = {
  invite: INVITE.id,
  publicKey: NODE.signer.publicKey,
  kemKey,
  at: 1_800_000_000_000,
  name: 'Example Bank',
}
const request = await sealRequest(REQUEST, NODE.signer)
const tagged = tagRequest(INVITE, request)

/** Invites that differ in one part. */
const OTHERS = (['aco', 'id', 'secret'] as const).map((part) => ({
  ...INVITE,
  [part]: INVITE[part].map((byte) => byte ^ 1),
}))

describe(openRequest, () => {
  it('shows that the sender holds the key it asks for', async () => {
    expect((await openRequest(portableCrypto, untagRequest(INVITE, tagged))).claims).toEqual(REQUEST)
  })

  it('does without invite and name where a request travels by file', async () => {
    const { invite: _, name: __, ...bare } = REQUEST
    expect((await openRequest(portableCrypto, await sealRequest(bare, NODE.signer))).claims).toEqual(bare)
  })

  it("refuses a request for somebody else's key", async () => {
    const stolen = await sealRequest(REQUEST, identityOf(8).signer)
    expect(await openRequest(portableCrypto, stolen).catch(codeOf)).toBe('REQUEST_SIGNATURE_INVALID')
  })

  it('refuses a key of small order, and what is no request', async () => {
    const weak = await sealRequest({ ...REQUEST, publicKey: new Uint8Array(32) }, NODE.signer)
    expect(await openRequest(portableCrypto, weak).catch(codeOf)).toBe('REQUEST_MALFORMED')
    expect(await openRequest(portableCrypto, new Uint8Array(3)).catch(codeOf)).toBe('REQUEST_MALFORMED')
    const certificate = await issue(claimsOf('node', NODE, OPERATOR), OPERATOR)
    expect(await openRequest(portableCrypto, certificate).catch(codeOf)).toBe('REQUEST_MALFORMED')
  })
})

describe(untagRequest, () => {
  it('opens with the invite and with no other', () => {
    expect(untagRequest(INVITE, tagged)).toEqual(request)
    for (const other of OTHERS)
      expect(codeFrom(() => untagRequest(other, tagged))).toBe('REQUEST_TAG_INVALID')
  })

  it('finds out every changed byte', () => {
    for (let at = 0; at < tagged.length; at++) {
      const changed = tagged.with(at, (tagged[at] ?? 0) ^ 1)
      expect(
        codeFrom(() => untagRequest(INVITE, changed)),
        `byte ${at}`,
      ).toMatch(/^REQUEST_(?:TAG_INVALID|MALFORMED)$/)
    }
  })

  test.for<[string, Uint8Array]>([
    ['nothing', new Uint8Array(0)],
    ['no pair', encodeCbor([request])],
    ['a short tag', encodeCbor([request, new Uint8Array(31)])],
    ['three parts', encodeCbor([request, new Uint8Array(32), 0])],
    ['more bytes than a request', encodeCbor([new Uint8Array(2048), new Uint8Array(32)])],
    ['an array in place of the request', encodeCbor([[request], new Uint8Array(32)])],
  ])('refuses %s', ([, bytes]) => {
    expect(codeFrom(() => splitTagged(bytes))).toBe('REQUEST_MALFORMED')
  })
})

const REPLY: EnrolmentReply = {
  chain: await chainOf(),
  proof: { size: 1, index: 0, path: [] },
  beacon: new Uint8Array(40).fill(6),
  statusList: new Uint8Array(40).fill(7),
  contacts: [new Uint8Array(40).fill(8)],
  urls: ['https://aco.example'],
}
const encoded = encodeReply(REPLY)

describe(untagReply, () => {
  const answer = tagReply(INVITE, request, encoded)

  it('opens with the invite and the request it answers, and with no others', async () => {
    expect(untagReply(INVITE, request, answer)).toEqual(REPLY)
    for (const other of OTHERS)
      expect(codeFrom(() => untagReply(other, request, answer))).toBe('REPLY_TAG_INVALID')
    const another = await sealRequest({ ...REQUEST, at: REQUEST.at + 1 }, NODE.signer)
    expect(codeFrom(() => untagReply(INVITE, another, answer))).toBe('REPLY_TAG_INVALID')
  })

  it('finds out every changed byte', () => {
    for (let at = 0; at < answer.length; at++) {
      const changed = answer.with(at, (answer[at] ?? 0) ^ 1)
      expect(
        codeFrom(() => untagReply(INVITE, request, changed)),
        `byte ${at}`,
      ).toMatch(/^REPLY_(?:TAG_INVALID|MALFORMED)$/)
    }
  })

  it('takes no request for a reply', () => {
    expect(codeFrom(() => untagReply(INVITE, request, tagRequest(INVITE, encoded)))).toBe('REPLY_TAG_INVALID')
  })
})

describe(decodeReply, () => {
  it('reads what was written', () => {
    const reply = fc.record(
      {
        chain: fc.array(fc.uint8Array({ minLength: 1, maxLength: 9 }), { minLength: 3, maxLength: 3 }),
        proof: fc.constant({ size: 3, index: 1, path: [new Uint8Array(32)] }),
        beacon: fc.uint8Array({ minLength: 1 }),
        statusList: fc.uint8Array({ minLength: 1 }),
        contacts: fc.array(fc.uint8Array({ minLength: 1 }), { maxLength: 9 }),
        urls: fc.array(fc.constant('http://a'), { maxLength: 8 }),
      },
      { requiredKeys: ['chain', 'beacon', 'statusList', 'contacts', 'urls'] },
    )
    fc.assert(
      fc.property(reply, (each) => {
        expect(decodeReply(encodeReply(each))).toEqual(each)
      }),
    )
  })

  test.for<[string, Partial<EnrolmentReply>]>([
    ['two certificates', { chain: REPLY.chain.slice(1) }],
    ['65 contacts', { contacts: Array<Uint8Array>(65).fill(new Uint8Array(1)) }],
    ['a file for an address', { urls: ['file:///'] }],
    ['a status list beyond its size', { statusList: new Uint8Array(262_145) }],
  ])('refuses %s', ([, over]) => {
    expect(codeFrom(() => decodeReply(encodeReply({ ...REPLY, ...over })))).toBe('REPLY_MALFORMED')
  })
})

describe(acceptReply, () => {
  it('accepts a chain for the own key under the pinned root', async () => {
    const [own] = await acceptReply(portableCrypto, REPLY, ROOT.keyId, NODE.signer.publicKey)
    expect(own.claims.publicKey).toEqual(NODE.signer.publicKey)
  })

  it('refuses one for another key, and one under another root', async () => {
    expect(
      await acceptReply(portableCrypto, REPLY, ROOT.keyId, OPERATOR.signer.publicKey).catch(codeOf),
    ).toBe('REPLY_KEY_MISMATCH')
    expect(
      await acceptReply(portableCrypto, REPLY, OPERATOR.keyId, NODE.signer.publicKey).catch(codeOf),
    ).toBe('CERT_ROOT_UNKNOWN')
  })

  it('refuses one that makes the node an operator', async () => {
    const [, operator, root] = REPLY.chain as [Uint8Array, Uint8Array, Uint8Array]
    const raised = { ...REPLY, chain: [operator, root] }
    expect(
      await acceptReply(portableCrypto, raised, ROOT.keyId, OPERATOR.signer.publicKey).catch(codeOf),
    ).toBe('REPLY_KEY_MISMATCH')
  })
})

describe(openRenewal, () => {
  const RENEWAL: Renewal = {
    nonce: new Uint8Array(16).fill(1),
    certificate: new Uint8Array(32).fill(2),
    kemKey,
    at: 1,
  }
  const expected = {
    nonce: RENEWAL.nonce,
    certificate: RENEWAL.certificate,
    publicKey: NODE.signer.publicKey,
  }

  it('opens over the nonce, for the certificate, under its key', async () => {
    expect(
      (await openRenewal(portableCrypto, await sealRenewal(RENEWAL, NODE.signer), expected)).claims,
    ).toEqual(RENEWAL)
  })

  test.for<[string, Partial<typeof expected>]>([
    ['NONCE_UNKNOWN', { nonce: new Uint8Array(16) }],
    ['RENEWAL_REFUSED', { certificate: new Uint8Array(32) }],
    ['COSE_SIGNATURE_INVALID', { publicKey: OPERATOR.signer.publicKey }],
  ])('refuses it otherwise: %s', async ([code, over]) => {
    const renewal = await sealRenewal(RENEWAL, NODE.signer)
    expect(await openRenewal(portableCrypto, renewal, { ...expected, ...over }).catch(codeOf)).toBe(code)
  })
})
