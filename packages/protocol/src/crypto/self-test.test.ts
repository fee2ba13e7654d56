import { verify } from '@noble/ed25519'
import { describe, expect, it } from 'vitest'
import { portableCrypto } from './portable.ts'
import type { Crypto } from './ports.ts'
import { selfTest } from './self-test.ts'

const { verifyEd25519 } = portableCrypto

const unsoundBackends: readonly (readonly [string, Partial<Crypto>])[] = [
  [
    'multiplies by the cofactor',
    { verifyEd25519: (key, message, signature) => verify(signature, message, key, { zip215: false }) },
  ],
  ['accepts everything', { verifyEd25519: () => true }],
  ['refuses everything', { verifyEd25519: () => false }],
  [
    'answers with something that is merely truthy',
    { verifyEd25519: (...input) => (verifyEd25519(...input) ? 1 : 0) as never },
  ],
  [
    'throws',
    {
      verifyEd25519: () => {
        throw new Error('no such algorithm')
      },
    },
  ],
  ['rejects', { verifyEd25519: () => Promise.reject(new Error('thread pool gone')) }],
  ['hashes to zeros', { sha256: () => new Uint8Array(32) }],
]

describe(selfTest, () => {
  it('has nothing against the portable backend', async () => {
    expect(await selfTest(portableCrypto)).toEqual([])
  })

  it.for(unsoundBackends)('finds a backend that %s', async ([, fault]) => {
    expect(await selfTest({ ...portableCrypto, ...fault })).not.toEqual([])
  })

  it('names what a cofactored backend gets wrong', async () => {
    const cofactored: Crypto = {
      ...portableCrypto,
      verifyEd25519: (key, message, signature) => verify(signature, message, key, { zip215: false }),
    }
    const failures = await selfTest(cofactored)
    expect(failures.map(({ expected, got }) => [expected, got])).toEqual([
      ['SIGNATURE_MISMATCH', 'accept'],
      ['SIGNATURE_MISMATCH', 'accept'],
      ['SIGNATURE_MISMATCH', 'accept'],
    ])
  })
})
