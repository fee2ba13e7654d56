import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { codeFrom } from '../../../../test/protocol/code-from.ts'
import { portableCrypto, sha256 } from '../crypto/index.ts'
import { type CborValue, encodeCbor, fromHex, toHex } from '../encoding/index.ts'
import { confirmation, coseKey, keyIdOf } from './key.ts'

const KEY = fromHex('d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a')

describe(keyIdOf, () => {
  it('hashes as RFC 9679, section 6, whose example has a key of another curve', () => {
    const example = encodeCbor(
      new Map<number, CborValue>([
        [-3, fromHex('1e52ed75701163f7f9e40ddf9f341b3dc9ba860af7e0ca7ca7e9eecd0084d19c')],
        [-2, fromHex('65eda5a12577c2bae829437fe338701a10aaa375e1bb5b5de108de439c08551d')],
        [-1, 1],
        [1, 2],
      ]),
    )
    expect(toHex(sha256(example))).toBe('496bd8afadf307e5b08c64b0421bf9dc01528a344a43bda88fadd1669da253ec')
  })

  it('is the hash of the required members of a COSE_Key', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (key) => {
        expect(keyIdOf(portableCrypto, key)).toEqual(sha256(encodeCbor(coseKey.encode(key))))
      }),
    )
  })
})

describe('coseKey and confirmation', () => {
  it('are read back', () => {
    expect(coseKey.decode(coseKey.encode(KEY), 'key')).toEqual(KEY)
    expect(confirmation.decode(confirmation.encode(KEY), 'cnf')).toEqual(KEY)
  })

  const members: readonly (readonly [number, CborValue])[] = [
    [1, 1],
    [-1, 6],
    [-2, KEY],
  ]
  test.for<[string, CborValue]>([
    ['another key type', new Map([[1, 2], ...members.slice(1)])],
    [
      'another curve',
      new Map([
        [1, 1],
        [-1, 4],
        [-2, KEY],
      ] as [number, CborValue][]),
    ],
    [
      'a short key',
      new Map([
        [1, 1],
        [-1, 6],
        [-2, KEY.subarray(1)],
      ] as [number, CborValue][]),
    ],
    ['a key id besides', new Map([...members, [2, KEY]])],
    ['a private key besides', new Map([...members, [-4, KEY]])],
    ['no key', new Map(members.slice(0, 2))],
  ])('refuse %s', ([, value]) => {
    expect(codeFrom(() => coseKey.decode(value, 'key'))).toBe('COSE_MALFORMED')
    expect(codeFrom(() => confirmation.decode(new Map([[1, value]]), 'cnf'))).toBe('COSE_MALFORMED')
  })

  test.for<[string, CborValue]>([
    ['a key id in place of the key', new Map([[3, KEY]])],
    [
      'a key and a key id',
      new Map<number, CborValue>([
        [1, new Map(members)],
        [3, KEY],
      ]),
    ],
  ])('refuse as confirmation %s', ([, value]) => {
    expect(codeFrom(() => confirmation.decode(value, 'cnf'))).toMatch(/_MALFORMED$/)
  })
})
