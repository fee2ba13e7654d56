import { hourOf } from '../../packages/node/src/admission/index.ts'
import { nativeCrypto } from '../../packages/node/src/crypto/index.ts'
import { createSameSets } from '../../packages/node/src/syncing/index.ts'
import type { SyncComponents } from '../../packages/node/src/syncing/index.ts'
import type { BenchNode } from './bench-node.ts'

/** What a session needs of a node whose peer may have everything. What the peer does wrong ends the bench. */
export function syncSide(node: BenchNode): SyncComponents & { readonly isReady: () => boolean } {
  const { store, trust, admission, sweeper, now } = node
  const fail = (_: string, code: string): void => {
    throw new Error(`the peer was blamed for ${code}`)
  }
  return {
    store,
    trust,
    admission,
    sweeper,
    crypto: nativeCrypto,
    hour: () => hourOf(now),
    maySee: () => true,
    sameSets: createSameSets(store, () => now),
    penalise: fail,
    onBreach: fail,
    isReady: () => true,
  }
}
