import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { encodeBatch } from './batch.ts'
import { encodeLeaf, type Leaf } from './leaf.ts'
import { isUrgentBatch } from './urgency.ts'

const clear = {
  author: new Uint8Array(32),
  hlc: 1n,
  cluster: 'finance.eu',
  compartments: ['green'],
  tlp: 'green',
  expires: 500_000,
} as const
const plain: Leaf = { clear, body: { kind: 'stix', stix: new Uint8Array(70_000) } }
const alert: Leaf = { clear: { ...clear, channel: 'alert' }, body: plain.body }
const tombstone: Leaf = {
  clear,
  body: { kind: 'tombstone', retracts: [new Uint8Array(32)], reason: 'error' },
}

describe(isUrgentBatch, () => {
  it('goes by the first leaf, however many there are and however long the header', () => {
    for (const size of [1, 200, 400])
      for (const count of [1, 30, 300])
        for (const [first, isUrgent] of [
          [plain, false],
          [alert, true],
          [tombstone, true],
        ] as const) {
          const rest = Array.from({ length: count - 1 }, () => encodeLeaf(tombstone))
          const batch = encodeBatch(new Uint8Array(size), [encodeLeaf(first), ...rest])
          expect(isUrgentBatch(batch)).toBe(isUrgent)
        }
  })

  it('takes any bytes', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => void isUrgentBatch(bytes)))
    const batch = encodeBatch(new Uint8Array(200), [encodeLeaf(tombstone)])
    for (let end = 0; end < batch.length; end++) expect(isUrgentBatch(batch.subarray(0, end))).toBe(false)
  })
})
