import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { codeFrom } from '../../../../test/protocol/code-from.ts'
import { portableCrypto, sha256 } from '../crypto/index.ts'
import { concatBytes, encodeCbor, toBase64url } from '../encoding/index.ts'
import { formatInvite, type Invite, parseInvite } from './invite.ts'

const bytes = (length: number): fc.Arbitrary<Uint8Array> =>
  fc.uint8Array({ minLength: length, maxLength: length })
const invite: fc.Arbitrary<Invite> = fc.record({
  aco: bytes(32),
  id: bytes(16),
  secret: bytes(32),
  cluster: fc.constantFrom('finance.eu', 'health.nordic'),
  expiresAt: fc.maxSafeNat(),
  urls: fc.array(
    fc.constantFrom('http://127.0.0.1:7400', 'https://aco.example/enrol', `https://x/${'a'.repeat(190)}`),
    { minLength: 1, maxLength: 8 },
  ),
})
const INVITE: Invite = {
  aco: new Uint8Array(32).fill(1),
  id: new Uint8Array(16).fill(2),
  secret: new Uint8Array(32).fill(3),
  cluster: 'finance.eu',
  expiresAt: 1_800_000_000_000,
  urls: ['https://aco.example'],
}
const LINE = formatInvite(portableCrypto, INVITE)

describe(formatInvite, () => {
  it('is one line that is read back', () => {
    fc.assert(
      fc.property(invite, (each) => {
        const line = formatInvite(portableCrypto, each)
        expect(line).toMatch(/^imesh1:[\w-]+$/)
        expect(parseInvite(portableCrypto, line)).toEqual(each)
      }),
    )
  })

  test.for<[string, Partial<Invite>]>([
    ['no address', { urls: [] }],
    ['nine addresses', { urls: Array<string>(9).fill('https://a') }],
    ['a script for an address', { urls: ['javascript:alert(1)'] }],
    ['a file for an address', { urls: ['file:///etc/passwd'] }],
    ['an address with a blank', { urls: ['https://a b'] }],
    ['an address of 201 characters', { urls: [`https://${'a'.repeat(193)}`] }],
    ['a cluster that has no such name', { cluster: 'Finance' }],
    ['a short secret', { secret: new Uint8Array(31) }],
  ])('makes no invite with %s', ([, over]) => {
    expect(codeFrom(() => formatInvite(portableCrypto, { ...INVITE, ...over }))).toBe('STRUCT_MALFORMED')
  })
})

describe(parseInvite, () => {
  it('forgives blanks and line breaks wherever they came in', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(LINE.length), fc.constantFrom(' ', '\n', '\r\n', '\t', '\u00a0')), {
          maxLength: 20,
        }),
        (breaks) => {
          let text = LINE
          for (const [at, blank] of breaks) text = text.slice(0, at) + blank + text.slice(at)
          expect(parseInvite(portableCrypto, `  ${text}\n`)).toEqual(INVITE)
        },
      ),
    )
  })

  it('finds out every changed character', () => {
    for (let at = 0; at < LINE.length; at++) {
      const changed = LINE.slice(0, at) + (LINE[at] === 'A' ? 'B' : 'A') + LINE.slice(at + 1)
      expect(
        codeFrom(() => parseInvite(portableCrypto, changed)),
        `at ${at}`,
      ).toMatch(/^INVITE_(?:CHECKSUM|MALFORMED)$/)
    }
  })

  it('finds out every cut', () => {
    for (let end = 0; end < LINE.length; end++) {
      expect(
        codeFrom(() => parseInvite(portableCrypto, LINE.slice(0, end))),
        `at ${end}`,
      ).toMatch(/^INVITE_(?:CHECKSUM|MALFORMED)$/)
    }
  })

  test.for<[string, string, string]>([
    ['nothing', 'INVITE_MALFORMED', ''],
    ['another prefix', 'INVITE_MALFORMED', LINE.replace('imesh1', 'imesh2')],
    ['two invites', 'INVITE_MALFORMED', `${LINE}\n${LINE}`],
    ['no base64url', 'INVITE_MALFORMED', `${LINE}=`],
    ['a checksum alone', 'INVITE_CHECKSUM', 'imesh1:AAAAAAA'],
    ['more than any invite', 'INVITE_MALFORMED', LINE + ' '.repeat(10_000)],
    ['a payload that is no invite', 'INVITE_MALFORMED', lineOf(encodeCbor(['secret']))],
    ['an invite of a later version', 'INVITE_MALFORMED', lineOf(encodeCbor(new Map([[0, 2]])))],
    ['bytes that are no CBOR', 'INVITE_MALFORMED', lineOf(Uint8Array.of(0xff))],
  ])('refuses %s with %s', ([, code, text]) => {
    expect(codeFrom(() => parseInvite(portableCrypto, text))).toBe(code)
  })
})

function lineOf(payload: Uint8Array): string {
  return `imesh1:${toBase64url(concatBytes(payload, sha256(payload).subarray(0, 4)))}`
}
