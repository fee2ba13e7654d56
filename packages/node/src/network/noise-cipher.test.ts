import fc from 'fast-check'
import { pureJsCrypto } from '@libp2p/noise'
import { Uint8ArrayList } from 'uint8arraylist'
import { describe, expect, it } from 'vitest'
import { noiseCipher } from './noise-cipher.ts'

const bytes = (length: number): fc.Arbitrary<Uint8Array> =>
  fc.uint8Array({ minLength: length, maxLength: length })
const frames = fc.record({
  text: fc.oneof(fc.uint8Array({ maxLength: 100 }), fc.uint8Array({ minLength: 400, maxLength: 2_000 })),
  key: bytes(32),
  nonce: bytes(12),
  ad: fc.uint8Array({ maxLength: 32 }),
})
/** A copy, since Noise may decrypt into what it is given. */
const copy = (from: Uint8Array): Uint8Array => Uint8Array.from(from)

describe('noiseCipher', () => {
  it('gives what the portable implementation gives, and takes it back, in one piece or two', () => {
    fc.assert(
      fc.property(frames, fc.nat(2_000), ({ text, key, nonce, ad }, cut) => {
        const portable = pureJsCrypto.chaCha20Poly1305Encrypt(text, nonce, ad, key).subarray()
        const inTwo = (whole: Uint8Array) => new Uint8ArrayList(whole.slice(0, cut), whole.slice(cut))
        for (const form of [copy, inTwo]) {
          const encrypted = noiseCipher.chaCha20Poly1305Encrypt(form(text), nonce, ad, key).subarray()
          expect([...encrypted]).toEqual([...portable])
          const decrypted = noiseCipher.chaCha20Poly1305Decrypt(form(portable), nonce, ad, key).subarray()
          expect([...decrypted]).toEqual([...text])
        }
      }),
    )
  })

  it('takes nothing that was changed', () => {
    fc.assert(
      fc.property(frames, fc.nat(), ({ text, key, nonce, ad }, at) => {
        const changed = copy(noiseCipher.chaCha20Poly1305Encrypt(text, nonce, ad, key).subarray())
        const place = at % changed.length
        changed[place] = (changed[place] as number) ^ 1
        expect(() => noiseCipher.chaCha20Poly1305Decrypt(changed, nonce, ad, key)).toThrow()
      }),
    )
  })

  it('keeps the keys of two connections apart', () => {
    const text = new Uint8Array(1_000)
    const nonce = new Uint8Array(12)
    const ad = new Uint8Array(0)
    const [one, other] = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)]
    const encrypted = noiseCipher.chaCha20Poly1305Encrypt(text, nonce, ad, one).subarray()
    noiseCipher.chaCha20Poly1305Encrypt(text, nonce, ad, other)
    expect(() => noiseCipher.chaCha20Poly1305Decrypt(copy(encrypted), nonce, ad, other)).toThrow()
    expect([...noiseCipher.chaCha20Poly1305Decrypt(encrypted, nonce, ad, one).subarray()]).toEqual([...text])
  })
})
