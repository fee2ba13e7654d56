import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { codeFrom } from '../../../../test/protocol/code-from.ts'
import { portableCrypto } from '../crypto/index.ts'
import { buildTree, inclusionPath, leafHash } from '../merkle/index.ts'
import { assertLogged } from './log-proof.ts'

const entries = fc.uniqueArray(fc.uint8Array({ maxLength: 8 }), {
  selector: String,
  minLength: 2,
  maxLength: 40,
})

describe(assertLogged, () => {
  it('accepts each entry at its place under the checkpoint, and nothing else', () => {
    fc.assert(
      fc.property(entries, fc.nat(), (log, chosen) => {
        const tree = buildTree(
          portableCrypto,
          log.map((entry) => leafHash(portableCrypto, entry)),
        )
        const index = chosen % log.length
        const proof = { size: log.length, index, path: inclusionPath(tree, index) }
        const checkpoint = { size: log.length, root: tree.root }
        const entry = log[index] ?? new Uint8Array()
        const other = log[(index + 1) % log.length] ?? new Uint8Array()
        expect(codeFrom(() => assertLogged(portableCrypto, entry, proof, checkpoint))).toBe('NOTHING_THROWN')
        expect(codeFrom(() => assertLogged(portableCrypto, other, proof, checkpoint))).toBe('CERT_NOT_LOGGED')
        expect(
          codeFrom(() => assertLogged(portableCrypto, entry, proof, { ...checkpoint, size: log.length + 1 })),
        ).toBe('CERT_NOT_LOGGED')
        expect(
          codeFrom(() =>
            assertLogged(portableCrypto, entry, { ...proof, path: proof.path.slice(1) }, checkpoint),
          ),
        ).toBe('CERT_NOT_LOGGED')
      }),
    )
  })
})
