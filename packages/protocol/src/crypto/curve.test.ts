import { Point } from '@noble/ed25519'
import { sha512 } from '@noble/hashes/sha2.js'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fromHex, toHex, utf8Bytes } from '../encoding/text.ts'
import { holdsWithoutCofactor, publicKeyOf, signEd25519 } from './curve.ts'
import { bytesOf, numberOf } from './little-endian.ts'

const { n: L } = Point.CURVE()
const T = Point.fromHex('c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a')

describe(holdsWithoutCofactor, () => {
  it('counts the small-order parts of key and R, whatever they are', () => {
    const scalar = fc.bigInt(1n, L - 1n)
    const multiple = fc.bigInt(0n, 7n)
    fc.assert(
      fc.property(scalar, scalar, multiple, multiple, fc.string(), (a, r, i, j, text) => {
        const key = Point.BASE.multiply(a).add(T.multiply(i, false)).toBytes()
        const encodedR = Point.BASE.multiply(r).add(T.multiply(j, false)).toBytes()
        const message = utf8Bytes(text)
        const k = numberOf(sha512(joined(encodedR, key, message))) % L
        const signature = joined(encodedR, bytesOf((r + k * a) % L))
        // [S]B - [k]A = R - [k·i + j]T, and T has order 8.
        expect(holdsWithoutCofactor(key, message, signature)).toBe((k * i + j) % 8n === 0n)
      }),
    )
  })

  it('does not hold for a scalar that only equals a good one modulo L', () => {
    const seed = new Uint8Array(32).fill(3)
    const signature = signEd25519(seed, utf8Bytes('x'))
    const s = numberOf(signature.slice(32))
    const again = joined(signature.slice(0, 32), bytesOf(s + L))
    expect(holdsWithoutCofactor(publicKeyOf(seed), utf8Bytes('x'), again)).toBe(false)
  })
})

describe(signEd25519, () => {
  const tests = [
    {
      name: 'test 2, one byte',
      seed: '4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb',
      publicKey: '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c',
      message: '72',
      signature:
        '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
    },
    {
      name: 'test 3, two bytes',
      seed: 'c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7',
      publicKey: 'fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025',
      message: 'af82',
      signature:
        '6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a',
    },
  ]

  it.for(tests)(
    'gives the signature of RFC 8032, section 7.1, $name',
    ({ seed, publicKey, message, signature }) => {
      expect(toHex(publicKeyOf(fromHex(seed)))).toBe(publicKey)
      expect(toHex(signEd25519(fromHex(seed), fromHex(message)))).toBe(signature)
    },
  )
})

function joined(...parts: Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]))
}
