import { Point, verify } from '@noble/ed25519'
import { sha512 } from '@noble/hashes/sha2.js'
import { describe, expect, it } from 'vitest'
import published from '../../../../test/vectors/1/signature.json' with { type: 'json' }
import { fromHex, toHex, utf8Bytes } from '../encoding/text.ts'
import { publicKeyOf, signEd25519 } from './curve.ts'
import type { SignatureFault } from './ed25519.ts'
import { checkSignatureForm, findSignatureFault } from './ed25519.ts'
import { bytesOf, numberOf } from './little-endian.ts'
import { portableCrypto } from './portable.ts'
import { backendVectors } from './self-test-vectors.ts'

const { p: P, n: L } = Point.CURVE()
const B = Point.BASE
/** A point of order 8; its multiples are all points of small order. */
const T = Point.fromHex('c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a')

const a = scalarOf('key')
const r = scalarOf('nonce')
const A = B.multiply(a)
const R = B.multiply(r)

describe('the published vectors', () => {
  it('are what the group law gives', () => {
    expect(published).toEqual(derive())
  })

  it('hold on nodes that start: the self-test has each one that a backend gets to see', () => {
    expect(backendVectors).toEqual(
      derive().filter(
        ({ publicKey, signature }) =>
          checkSignatureForm(fromHex(publicKey), fromHex(signature)) === undefined,
      ),
    )
  })

  it('have, for each rule, one that a verifier without this rule accepts', () => {
    const looselyAccepted = derive().filter(acceptsCofactored)
    expect(new Set(looselyAccepted.map((vector) => vector.expect))).toEqual(
      new Set([
        'accept',
        'SIGNATURE_MISMATCH',
        'SIGNATURE_KEY_SMALL_ORDER',
        'SIGNATURE_KEY_NOT_CANONICAL',
        'SIGNATURE_R_SMALL_ORDER',
        'SIGNATURE_R_NOT_CANONICAL',
      ]),
    )
  })

  it.for(published)('$expect: $description', async ({ publicKey, message, signature, expect: expected }) => {
    const fault = await findSignatureFault(
      portableCrypto,
      fromHex(publicKey),
      fromHex(message),
      fromHex(signature),
    )
    expect(fault ?? 'accept').toBe(expected)
  })
})

interface SignatureVector {
  readonly description: string
  readonly publicKey: string
  readonly message: string
  readonly signature: string
  readonly expect: 'accept' | SignatureFault
}

function acceptsCofactored({ publicKey, message, signature }: SignatureVector): boolean {
  if (publicKey.length !== 64 || signature.length !== 128) return false
  return verify(fromHex(signature), fromHex(message), fromHex(publicKey), { zip215: true })
}

function derive(): SignatureVector[] {
  const seed = fromHex('9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60')
  const rfc = {
    publicKey: publicKeyOf(seed),
    message: utf8Bytes(''),
    signature: signEd25519(seed, utf8Bytes('')),
  }
  const honest = craft(A.toBytes(), R.toBytes(), (k) => r + k * a)
  const [honestR, honestS] = [honest.signature.slice(0, 32), numberOf(honest.signature.slice(32))]
  const withS = (s: bigint) => ({ ...honest, signature: joined(honestR, bytesOf(s)) })

  const mixed = A.add(T)
  const mixedKey = mixed.toBytes()
  const byMixedKey = (accepts: (k: bigint) => boolean) =>
    craft(mixedKey, R.toBytes(), (k) => r + k * a, accepts)
  // Solves R + [k]A = [S]B for an R whose small-order part takes away that of [k]A.
  const mixedBoth = craft(
    mixedKey,
    R.subtract(T).toBytes(),
    (k) => r + k * a,
    (k) => (k % L) % 8n === 1n,
  )
  const smallKey = (bytes: Uint8Array) =>
    craft(
      bytes,
      R.toBytes(),
      () => r,
      (k) => (k % L) % 8n === 0n && k % 8n === 0n,
    )
  const smallR = (bytes: Uint8Array) => craft(A.toBytes(), bytes, (k) => k * a)

  return [
    vector('accept', 'RFC 8032, section 7.1, test 1', rfc),
    vector('accept', 'an honest signature', honest),
    vector('SIGNATURE_MISMATCH', 'another message', { ...honest, message: utf8Bytes('another') }),
    vector('SIGNATURE_MISMATCH', 'the key negated', { ...honest, publicKey: A.negate().toBytes() }),
    vector('SIGNATURE_MISMATCH', 'R negated', {
      ...honest,
      signature: joined(R.negate().toBytes(), bytesOf(honestS)),
    }),
    vector('SIGNATURE_MISMATCH', 'S is L - 1, the largest canonical scalar', withS(L - 1n)),
    vector('SIGNATURE_MISMATCH', 'S is 0', withS(0n)),
    vector('SIGNATURE_S_NOT_CANONICAL', 'S is L', withS(L)),
    vector('SIGNATURE_S_NOT_CANONICAL', 'S of an honest signature plus L', withS(honestS + L)),
    vector(
      'SIGNATURE_S_NOT_CANONICAL',
      'S of an honest signature plus 8 L, beyond 253 bits',
      withS(honestS + 8n * L),
    ),
    vector('SIGNATURE_S_NOT_CANONICAL', 'S has every bit set', withS(2n ** 256n - 1n)),

    vector(
      'SIGNATURE_KEY_SMALL_ORDER',
      'key is the identity, equation holds',
      smallKey(Point.ZERO.toBytes()),
    ),
    vector('SIGNATURE_KEY_SMALL_ORDER', 'key of order 2, equation holds', smallKey(times(4).toBytes())),
    vector('SIGNATURE_KEY_SMALL_ORDER', 'key of order 4, equation holds', smallKey(times(2).toBytes())),
    vector(
      'SIGNATURE_KEY_SMALL_ORDER',
      'key of order 4, other sign, equation holds',
      smallKey(times(6).toBytes()),
    ),
    ...[1, 3, 5, 7].map((n) =>
      vector(
        'SIGNATURE_KEY_SMALL_ORDER',
        `key of order 8, multiple ${n}, equation holds`,
        smallKey(times(n).toBytes()),
      ),
    ),
    vector(
      'SIGNATURE_KEY_NOT_CANONICAL',
      'key is the identity with a sign bit, equation holds',
      smallKey(signed(1n)),
    ),
    vector(
      'SIGNATURE_KEY_NOT_CANONICAL',
      'key of order 2 with a sign bit, equation holds',
      smallKey(signed(P - 1n)),
    ),
    vector('SIGNATURE_KEY_NOT_CANONICAL', 'key with y = p, of order 4, equation holds', smallKey(bytesOf(P))),
    vector(
      'SIGNATURE_KEY_NOT_CANONICAL',
      'key with y = p and a sign bit, equation holds',
      smallKey(signed(P)),
    ),
    vector(
      'SIGNATURE_KEY_NOT_CANONICAL',
      'key with y = p + 1, the identity, equation holds',
      smallKey(bytesOf(P + 1n)),
    ),
    vector(
      'SIGNATURE_KEY_NOT_CANONICAL',
      'key with y = p + 1 and a sign bit, equation holds',
      smallKey(signed(P + 1n)),
    ),
    vector('SIGNATURE_KEY_NOT_CANONICAL', 'key with y = p + 3, of large order', {
      ...honest,
      publicKey: bytesOf(P + 3n),
    }),
    vector('SIGNATURE_KEY_NOT_CANONICAL', 'key with y = 2^255 - 1', {
      ...honest,
      publicKey: bytesOf(2n ** 255n - 1n),
    }),

    vector('SIGNATURE_R_SMALL_ORDER', 'R is the identity, equation holds', smallR(Point.ZERO.toBytes())),
    vector(
      'SIGNATURE_R_SMALL_ORDER',
      'R of order 8, key of mixed order, equation holds',
      craft(
        mixedKey,
        T.negate().toBytes(),
        (k) => k * a,
        (k) => (k % L) % 8n === 1n,
      ),
    ),
    vector(
      'SIGNATURE_R_NOT_CANONICAL',
      'R is the identity with a sign bit, equation holds',
      smallR(signed(1n)),
    ),
    vector(
      'SIGNATURE_R_NOT_CANONICAL',
      'R with y = p + 1, the identity, equation holds',
      smallR(bytesOf(P + 1n)),
    ),
    vector('SIGNATURE_R_NOT_CANONICAL', 'R with y = 2^255 - 1', smallR(bytesOf(2n ** 255n - 1n))),

    vector(
      'SIGNATURE_MISMATCH',
      'R of mixed order: holds only times the cofactor',
      craft(A.toBytes(), R.add(T).toBytes(), (k) => r + k * a),
    ),
    vector(
      'SIGNATURE_MISMATCH',
      'key of mixed order, k not a multiple of 8: holds only times the cofactor',
      byMixedKey((k) => (k % L) % 8n === 4n && k % 8n !== 0n),
    ),
    vector(
      'SIGNATURE_MISMATCH',
      'key of mixed order, k a multiple of 8 only before it is reduced by L',
      byMixedKey((k) => (k % L) % 8n !== 0n && k % 8n === 0n),
    ),
    vector(
      'accept',
      'key of mixed order, k a multiple of 8 only after it is reduced by L',
      byMixedKey((k) => (k % L) % 8n === 0n && k % 8n !== 0n),
    ),
    vector('accept', 'key and R of mixed order, small-order parts cancel', mixedBoth),

    vector('SIGNATURE_MISMATCH', 'key is no point: y = 2', { ...honest, publicKey: bytesOf(2n) }),
    vector('SIGNATURE_MISMATCH', 'R is no point: y = 2', {
      ...honest,
      signature: joined(bytesOf(2n), bytesOf(honestS)),
    }),
    vector('SIGNATURE_KEY_LENGTH', 'key of 31 bytes', { ...honest, publicKey: A.toBytes().slice(0, 31) }),
    vector('SIGNATURE_KEY_LENGTH', 'key of 33 bytes', {
      ...honest,
      publicKey: joined(A.toBytes(), new Uint8Array(1)),
    }),
    vector('SIGNATURE_LENGTH', 'signature of 63 bytes', {
      ...honest,
      signature: honest.signature.slice(0, 63),
    }),
    vector('SIGNATURE_LENGTH', 'signature of 65 bytes', {
      ...honest,
      signature: joined(honest.signature, new Uint8Array(1)),
    }),
    vector('SIGNATURE_LENGTH', 'no signature', { ...honest, signature: new Uint8Array() }),
  ]
}

interface Signed {
  readonly publicKey: Uint8Array
  readonly message: Uint8Array
  readonly signature: Uint8Array
}

function vector(expect: SignatureVector['expect'], description: string, signed: Signed): SignatureVector {
  const { publicKey, message, signature } = signed
  return {
    description,
    publicKey: toHex(publicKey),
    message: toHex(message),
    signature: toHex(signature),
    expect,
  }
}

/** Tries messages until the unreduced challenge k suits, then answers it with S. */
function craft(
  publicKey: Uint8Array,
  encodedR: Uint8Array,
  answer: (k: bigint) => bigint,
  suits: (k: bigint) => boolean = () => true,
): Signed {
  for (let i = 0; ; i++) {
    const message = utf8Bytes(`message ${i}`)
    const k = numberOf(sha512(joined(encodedR, publicKey, message)))
    if (suits(k)) return { publicKey, message, signature: joined(encodedR, bytesOf(answer(k % L) % L)) }
  }
}

function scalarOf(label: string): bigint {
  return numberOf(sha512(utf8Bytes(label))) % L
}

function times(n: number): Point {
  return T.multiply(BigInt(n))
}

/** A point's encoding with this y and the sign bit set. */
function signed(y: bigint): Uint8Array {
  return bytesOf(y + 2n ** 255n)
}

function joined(...parts: Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]))
}
