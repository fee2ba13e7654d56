import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isPoint, publicKeyOf } from './curve.ts'
import { checkSignatureForm, isPublicKey, signerOf, verifySignature } from './ed25519.ts'
import { sha256 } from './hash.ts'
import { bytesOf } from './little-endian.ts'
import { portableCrypto } from './portable.ts'

const seed = fc.uint8Array({ minLength: 32, maxLength: 32 })
const message = fc.uint8Array({ maxLength: 300 })
const P = 2n ** 255n - 19n
const L = 2n ** 252n + 27742317777372353535851937790883648493n

describe(verifySignature, () => {
  it('accepts what a signer signs, and nothing that differs from it in one bit', async () => {
    await fc.assert(
      fc.asyncProperty(seed, message, fc.nat(), async (secret, text, position) => {
        const signer = signerOf(secret)
        const signature = await signer.sign(text)
        expect(await verifySignature(portableCrypto, signer.publicKey, text, signature)).toBe(true)

        const parts = [
          Uint8Array.from(signer.publicKey),
          Uint8Array.from(text),
          Uint8Array.from(signature),
        ] as const
        const bit = position % (8 * (96 + text.length))
        flipBit(parts, bit)
        expect(await verifySignature(portableCrypto, ...parts)).toBe(false)
      }),
      { numRuns: 60 },
    )
  })

  it('answers for bytes of any length', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 70 }),
        message,
        fc.uint8Array({ maxLength: 70 }),
        async (key, text, signature) => {
          expect(await verifySignature(portableCrypto, key, text, signature)).toBe(false)
        },
      ),
    )
  })
})

describe(checkSignatureForm, () => {
  const anyScalar = new Uint8Array(32)
  const form = (key: Uint8Array, r: Uint8Array, s: Uint8Array) =>
    checkSignatureForm(key, Uint8Array.from([...r, ...s]))
  const key = publicKeyOf(new Uint8Array(32).fill(1))

  it('knows the border of the field', () => {
    expect(form(bytesOf(P - 2n), key, anyScalar)).toBeUndefined()
    for (let y = P; y < 2n ** 255n; y++) {
      expect(form(bytesOf(y), key, anyScalar), `key, y = ${y}`).toBe('SIGNATURE_KEY_NOT_CANONICAL')
      expect(form(key, bytesOf(y), anyScalar), `R, y = ${y}`).toBe('SIGNATURE_R_NOT_CANONICAL')
    }
  })

  it('accepts a scalar exactly when it is below L', () => {
    const scalar = fc.oneof(
      fc.bigInt(0n, 2n ** 256n - 1n),
      fc.bigInt(-300n, 300n).map((offset) => L + offset),
    )
    fc.assert(
      fc.property(scalar, (s) => {
        expect(form(key, key, bytesOf(s))).toBe(s < L ? undefined : 'SIGNATURE_S_NOT_CANONICAL')
      }),
      { examples: [[L], [L - 1n], [0n], [2n ** 256n - 1n]] },
    )
  })
})

describe(isPublicKey, () => {
  it('takes the keys of signers', () => {
    fc.assert(
      fc.property(seed, (secret) => {
        expect(isPublicKey(publicKeyOf(secret))).toBe(true)
      }),
      { numRuns: 30 },
    )
  })

  it('takes nothing but points of the curve', () => {
    // Half of all y have no x; fast-check alone would find zeros, a point of order 4, too often.
    const encoded = seed.map((bytes) => sha256(bytes))
    fc.assert(
      fc.property(encoded, (bytes) => {
        expect(isPublicKey(bytes)).toBe(isPoint(bytes))
      }),
    )
    expect(isPublicKey(bytesOf(2n)), 'y = 2 is on no point').toBe(false)
  })

  it('takes no key of small order, none that is spelt otherwise, and none of another length', () => {
    expect(isPublicKey(bytesOf(1n))).toBe(false)
    expect(isPublicKey(bytesOf(P + 3n))).toBe(false)
    expect(isPublicKey(new Uint8Array(31))).toBe(false)
  })
})

describe(signerOf, () => {
  it('keeps signing after its caller wiped the seed', async () => {
    const secret = new Uint8Array(32).fill(5)
    const signer = signerOf(secret)
    const before = await signer.sign(new Uint8Array(3))
    secret.fill(0)
    expect(await signer.sign(new Uint8Array(3))).toEqual(before)
  })

  it('does not show its seed', () => {
    const secret = new Uint8Array(32).fill(0xab)
    expect(JSON.stringify(signerOf(secret))).not.toContain('171')
  })

  it('refuses a seed of another length', () => {
    expect(() => signerOf(new Uint8Array(31))).toThrow(RangeError)
  })
})

function flipBit(parts: readonly Uint8Array[], bit: number): void {
  let byte = bit >> 3
  for (const part of parts) {
    if (byte < part.length) {
      part[byte] = (part[byte] as number) ^ (1 << (bit & 7))
      return
    }
    byte -= part.length
  }
}
