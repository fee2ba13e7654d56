import { readFile } from 'node:fs/promises'
import {
  codeOf,
  decodeReply,
  encodeReply,
  fromHex,
  openRenewal,
  openRequest,
  parseInvite,
  parseSign1,
  CERTIFICATE,
  keyIdOf,
  portableCrypto,
  type StatusTrust,
  toHex,
  unpackStatuses,
  untagReply,
  untagRequest,
  verifyBeacon,
  verifyChain,
  verifyStatement,
  verifyStatusList,
} from '@intelmesh/protocol'
import { inflateSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { makeTrustVectors, pathOf, TRUST_VECTORS } from './make-trust-vectors.ts'
import { plain } from './trust/cast.ts'

interface Case {
  readonly description: string
  readonly expect: string
  readonly [field: string]: unknown
}

interface File {
  readonly cases: readonly Case[]
  readonly [field: string]: unknown
}

/** What the code finds for a case: the parts of it that the file states as well. */
type Judge = (each: Case, file: File) => Promise<Readonly<Record<string, unknown>>>

const crypto = portableCrypto
const zlib = {
  deflate: (bytes: Uint8Array) => bytes,
  inflate: (bytes: Uint8Array, maxOutputLength: number) =>
    new Uint8Array(inflateSync(bytes, { maxOutputLength })),
}

const JUDGES: Readonly<Record<string, Judge>> = {
  async certificate({ chain }, { root }) {
    const [subject] = await verifyChain(crypto, (chain as string[]).map(fromHex), bytesOf(root))
    return { claims: plain(subject.claims) }
  },
  async beacon({ bytes }, file) {
    return { claims: plain((await verifyBeacon(crypto, bytesOf(bytes), await trustOf(file))).claims) }
  },
  async statement({ bytes }, file) {
    return { claims: plain((await verifyStatement(crypto, bytesOf(bytes), await trustOf(file))).claims) }
  },
  async 'status-list'({ bytes, beacon, statuses }, file) {
    const trust = await trustOf(file)
    const named = { ...trust, beacon: await verifyBeacon(crypto, bytesOf(beacon), trust) }
    const { claims } = await verifyStatusList(crypto, bytesOf(bytes), named)
    const bits = unpackStatuses(zlib, claims.list)
    const count = (statuses as string[] | undefined)?.length ?? 0
    const found = Array.from({ length: count }, (_, index) => bits.statusAt(index))
    expect(codeOf(thrownBy(() => bits.statusAt(count)))).toBe('STATUS_INDEX_RANGE')
    return { claims: plain(claims), statuses: found }
  },
  async invite({ line }) {
    return { invite: plain(parseInvite(crypto, line as string)) }
  },
  enrolment: (each, file) => (ENROLMENT[each['kind'] as string] as Judge)(each, file),
}

const ENROLMENT: Readonly<Record<string, Judge>> = {
  async request({ tagged }, file) {
    const request = untagRequest(inviteOf(file), bytesOf(tagged))
    return { request: toHex(request), claims: plain((await openRequest(crypto, request)).claims) }
  },
  async 'request file'({ bytes }) {
    return { claims: plain((await openRequest(crypto, bytesOf(bytes))).claims) }
  },
  async reply({ request, tagged }, file) {
    const reply = untagReply(inviteOf(file), bytesOf(request), bytesOf(tagged))
    expect(decodeReply(encodeReply(reply))).toEqual(reply)
    return { reply: toHex(encodeReply(reply)) }
  },
  async renewal({ bytes, nonce, certificate, publicKey }) {
    const expected = {
      nonce: bytesOf(nonce),
      certificate: bytesOf(certificate),
      publicKey: bytesOf(publicKey),
    }
    return { claims: plain((await openRenewal(crypto, bytesOf(bytes), expected)).claims) }
  },
}

describe.for(TRUST_VECTORS)('test/vectors/1/%s.json', (name) => {
  it('is what the code finds, case by case', async () => {
    const file = JSON.parse(await readFile(pathOf(name), 'utf8')) as File
    for (const each of file.cases) {
      const found = await (JUDGES[name] as Judge)(each, file).catch(
        (error: unknown) => codeOf(error) ?? String(error),
      )
      if (each.expect === 'accept') expect(each, each.description).toMatchObject(found as object)
      else expect(found, each.description).toBe(each.expect)
    }
    expect(file.cases.filter((each) => each.expect === 'accept').length).toBeGreaterThan(0)
  })

  it('is what its generator makes', async () => {
    expect((await makeTrustVectors()).get(name)).toBe(await readFile(pathOf(name), 'utf8'))
  })
})

async function trustOf({ aco, certificates }: File): Promise<StatusTrust> {
  const chain = await verifyChain(crypto, (certificates as string[]).map(fromHex), bytesOf(aco))
  const byKey = new Map(chain.map((each) => [toHex(keyIdOf(crypto, each.claims.publicKey)), each]))
  expect(parseSign1(CERTIFICATE, chain[0].bytes).claims.mesh.subject).toBe('node')
  return { aco: bytesOf(aco), signer: (keyId) => byKey.get(toHex(keyId)) }
}

function inviteOf({ invite }: File): { aco: Uint8Array; id: Uint8Array; secret: Uint8Array } {
  const { aco, id, secret } = invite as Record<string, string>
  return { aco: bytesOf(aco), id: bytesOf(id), secret: bytesOf(secret) }
}

function bytesOf(value: unknown): Uint8Array {
  return fromHex(value as string)
}

function thrownBy(work: () => unknown): unknown {
  try {
    work()
  } catch (error) {
    return error
  }
  throw new TypeError('expected an error')
}
