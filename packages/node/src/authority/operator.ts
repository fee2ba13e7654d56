import { type Certificate, keyIdOf, type Signer, toHex } from '@intelmesh/protocol'
import { nativeCrypto } from '../crypto/native.ts'
import { validity } from './certificate-claims.ts'
import type { Desk } from './desk.ts'
import { AuthorityError } from './errors.ts'
import { CHAIN_KEY, type ChainRow } from './register.ts'

const DAY_MS = 86_400_000

/** How long the operator's certificate still holds, in days; negative when it has expired. Members refuse its word from then on. */
export function operatorDaysLeft(desk: Desk): number {
  return (desk.chain().operator.claims.expiresAt * 1000 - desk.clock()) / DAY_MS
}

/**
 * Has the root sign the operator's next certificate: same key, same powers, `days` from now. It keeps its first day, so that what was
 * issued under the former certificate holds under this one too.
 *
 * @throws AuthorityError AUTHORITY_MISMATCH for a key that is not the root's; OPERATOR_EXPIRED when the root's own validity is over
 */
export function renewOperator(desk: Desk, root: Signer, days: number): Promise<void> {
  const chain = desk.chain()
  if (toHex(keyIdOf(nativeCrypto, root.publicKey)) !== toHex(desk.issuer.aco)) {
    throw new AuthorityError('AUTHORITY_MISMATCH', "the key is not that of this ACO's root")
  }
  return desk.transact(async (step) => {
    const former = chain.operator.claims
    const times = { ...validity(chain.root.claims, step.at, days), notBefore: former.notBefore }
    const claims: Certificate = { ...former, ...times }
    const { bytes } = await step.certify(claims, root)
    const row: ChainRow = { root: toHex(chain.root.bytes), operator: toHex(bytes), node: desk.ownNode }
    step.putMeta(CHAIN_KEY, row)
    await step.seal()
  })
}
