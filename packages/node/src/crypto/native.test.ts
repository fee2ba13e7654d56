import {
  checkSignatureForm,
  findSignatureFault,
  portableCrypto,
  selfTest,
  sha256,
  signerOf,
  verifySignature,
} from '@intelmesh/protocol'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readData } from '../../../../test/data/data.ts'
import published from '../../../../test/vectors/1/signature.json' with { type: 'json' }
import { nativeCrypto, nativeSignerOf } from './native.ts'

const seed = fc.uint8Array({ minLength: 32, maxLength: 32 })
const message = fc.uint8Array({ maxLength: 300 })

describe('nativeCrypto', () => {
  it('passes the self-test', async () => {
    expect(await selfTest(nativeCrypto)).toEqual([])
  })

  it.for(published)(
    '$expect: $description',
    async ({ publicKey, message: text, signature, expect: expected }) => {
      const [key, signed, bytes] = [fromHex(publicKey), fromHex(text), fromHex(signature)]
      expect((await findSignatureFault(nativeCrypto, key, signed, bytes)) ?? 'accept').toBe(expected)
    },
  )

  it('hashes as the portable backend does, into memory of its own', () => {
    fc.assert(
      fc.property(message, (bytes) => {
        const digest = nativeCrypto.sha256(bytes)
        expect(digest).toEqual(sha256(bytes))
        expect(digest.buffer.byteLength).toBe(32)
      }),
    )
  })

  it('agrees with the portable backend on honest signatures that were changed', async () => {
    const change = fc.record({ at: fc.nat({ max: 95 }), to: fc.nat({ max: 255 }) })
    await fc.assert(
      fc.asyncProperty(seed, message, fc.array(change, { maxLength: 2 }), async (secret, text, changes) => {
        const signer = nativeSignerOf(secret)
        const bytes = Uint8Array.from([...signer.publicKey, ...(await signer.sign(text))])
        for (const { at, to } of changes) bytes[at] = to
        await expectAgreement(bytes.subarray(0, 32), text, bytes.subarray(32))
      }),
    )
  })

  it('agrees with the portable backend on keys and signatures that nobody made', async () => {
    await fc.assert(
      fc.asyncProperty(seed, message, seed, seed, async (key, text, r, s) => {
        // Hashed, since fast-check likes zeros, and below 2^252, so that S is in range.
        const scalar = sha256(s)
        scalar[31] = (scalar[31] as number) & 0x0f
        const signature = Uint8Array.from([...sha256(r), ...scalar])
        expect(await nativeCrypto.verifyEd25519(sha256(key), text, signature)).toBe(
          await portableCrypto.verifyEd25519(sha256(key), text, signature),
        )
      }),
    )
  })

  it('lets callers reuse their bytes while it verifies', async () => {
    const signer = signerOf(new Uint8Array(32).fill(1))
    const text = new Uint8Array(1_000).fill(2)
    const [key, signature] = [Uint8Array.from(signer.publicKey), Uint8Array.from(await signer.sign(text))]
    const verdict = nativeCrypto.verifyEd25519(key, text, signature)
    for (const bytes of [key, text, signature]) bytes.fill(0)
    expect(await verdict).toBe(true)
  })

  it('keeps its answers when more keys come than it remembers', async () => {
    const signer = nativeSignerOf(new Uint8Array(32).fill(1))
    const text = new Uint8Array(3)
    const signature = await signer.sign(text)
    for (let i = 0; i < 5_000; i++) {
      const stranger = sha256(Uint8Array.of(i & 0xff, i >> 8))
      if (i % 1_000 === 0)
        expect(await nativeCrypto.verifyEd25519(signer.publicKey, text, signature)).toBe(true)
      await nativeCrypto.verifyEd25519(stranger, text, signature)
    }
    expect(await nativeCrypto.verifyEd25519(signer.publicKey, text, signature)).toBe(true)
  })
})

const wycheproof = readData('crypto/wycheproof/ed25519_test.json')

describe.skipIf(wycheproof === undefined)('the Wycheproof vectors of Ed25519', () => {
  const { testGroups } = JSON.parse(new TextDecoder().decode(wycheproof)) as WycheproofFile
  const cases = testGroups.flatMap(({ publicKey, tests }) =>
    tests.map((test) => ({ ...test, pk: publicKey.pk })),
  )

  it.for(cases)('$tcId $comment', async ({ pk, msg, sig, result }) => {
    const [key, text, signature] = [fromHex(pk), fromHex(msg), fromHex(sig)]
    for (const backend of [nativeCrypto, portableCrypto]) {
      expect(await verifySignature(backend, key, text, signature)).toBe(result === 'valid')
    }
  })
})

describe(nativeSignerOf, () => {
  it('signs the bytes that the portable signer signs', async () => {
    await fc.assert(
      fc.asyncProperty(seed, message, async (secret, text) => {
        const [native, portable] = [nativeSignerOf(secret), signerOf(secret)]
        expect(native.publicKey).toEqual(portable.publicKey)
        expect(await native.sign(text)).toEqual(await portable.sign(text))
      }),
    )
  })

  it('refuses a seed of another length', () => {
    expect(() => nativeSignerOf(new Uint8Array(33))).toThrow(RangeError)
  })
})

interface WycheproofFile {
  readonly testGroups: readonly {
    readonly publicKey: { readonly pk: string }
    readonly tests: readonly {
      readonly tcId: number
      readonly comment: string
      readonly msg: string
      readonly sig: string
      readonly result: 'valid' | 'invalid'
    }[]
  }[]
}

async function expectAgreement(key: Uint8Array, text: Uint8Array, signature: Uint8Array): Promise<void> {
  const native = await findSignatureFault(nativeCrypto, key, text, signature)
  expect(native).toBe(await findSignatureFault(portableCrypto, key, text, signature))
  if (checkSignatureForm(key, signature) === undefined) {
    expect([undefined, 'SIGNATURE_MISMATCH']).toContain(native)
  }
}

function fromHex(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, 'hex'))
}
