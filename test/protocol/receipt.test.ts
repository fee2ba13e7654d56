import { rootFromInclusion } from '@intelmesh/protocol'
import { decode } from 'cborg'
import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { readData } from '../data/data.ts'

const receipt = readData('crypto/receipts/inclusion-receipt.cbor')
const VDP = 396
const INCLUSION = -1
const OPTIONS = { useMaps: true, tags: { 18: (inner: () => unknown) => inner() } }

/** Its signature is ES256 over a root that is not published: only the shape of the proof and the hashing can be compared. */
describe.skipIf(receipt === undefined)('the published COSE receipt', () => {
  const [, unprotected] = decode(receipt ?? Uint8Array.of(0x82, 0, 0), OPTIONS) as readonly [
    unknown,
    ReadonlyMap<number, ReadonlyMap<number, readonly Uint8Array[]>>,
  ]
  const [proof] = unprotected.get(VDP)?.get(INCLUSION) ?? []
  const [size, index, path] = decode(proof ?? Uint8Array.of(0x83, 0, 0, 0x80), OPTIONS) as readonly [
    number,
    number,
    readonly Uint8Array[],
  ]
  const leafHash = sha256(Uint8Array.of(0), new TextEncoder().encode('entry'))

  it('proves leaf 3 of 5, by a path that gives the root of RFC 9162, section 2.1.3.2', () => {
    expect([size, index, path.length]).toEqual([5, 3, 3])
    const [a, b, c] = path as [Uint8Array, Uint8Array, Uint8Array]
    const pair = sha256(Uint8Array.of(1), a, leafHash)
    const four = sha256(Uint8Array.of(1), b, pair)
    expect(rootFromInclusion({ sha256 }, { leafHash, index, size, path })).toEqual(
      sha256(Uint8Array.of(1), four, c),
    )
  })

  it('proves no other place', () => {
    for (const other of [0, 1, 2, 4]) {
      const root = rootFromInclusion({ sha256 }, { leafHash, index: other, size, path })
      expect(root).not.toEqual(rootFromInclusion({ sha256 }, { leafHash, index, size, path }))
    }
  })
})

function sha256(...parts: readonly Uint8Array[]): Uint8Array {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return new Uint8Array(hash.digest())
}
