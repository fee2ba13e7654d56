import { describe, expect, it } from 'vitest'
import { createTestAco } from '../../../../test/support/authority/test-aco.ts'
import { authorOf, batchOf, leafOf } from '../../../../test/support/forge.ts'
import { nativeCrypto } from '../crypto/index.ts'
import { NO_METRICS } from '../observe/index.ts'
import { createTestNode } from '../testing/test-node.ts'
import { openAdmission } from './open-admission.ts'

describe(openAdmission, () => {
  it('reads nothing of the leaves of an author whom nobody knows, and notes it', async () => {
    await using aco = await createTestAco()
    const stranger = authorOf(new Uint8Array(32).fill(7), new Uint8Array([1]))
    const leaves = Array.from({ length: 100 }, () => leafOf(stranger, { at: aco.now }))
    const { bytes } = await batchOf(stranger, {
      leaves,
      from: aco.now,
      to: aco.now,
    })
    let hashes = 0
    await using bob = await createTestNode(aco, 'bob')
    await using admission = openAdmission({
      ...bob,
      clock: () => aco.now,
      metrics: NO_METRICS,
      asOf: () => bob.sweeper.asOf,
      clearance: () => 'green',
      crypto: {
        ...nativeCrypto,
        sha256(input) {
          hashes++
          return nativeCrypto.sha256(input)
        },
      },
    })
    const source = { kind: 'peer', node: bob.node } as const
    for (let i = 0; i < 3; i++)
      expect(await admission.admitBatch(bytes, source, { sync: false })).toMatchObject({
        code: 'CERT_UNKNOWN',
      })
    expect(hashes).toBe(0)
    expect((await bob.store.quarantine(10)).map(({ code }) => code)).toEqual(Array(3).fill('CERT_UNKNOWN'))
  })
})
