import { randomBytes } from 'node:crypto'
import { MAC_KEY_BYTES } from '@intelmesh/protocol'
import { hourOf } from '../../packages/node/src/admission/index.ts'
import { nativeCrypto } from '../../packages/node/src/crypto/index.ts'
import { breathe, createCellKeeper, createSameSets } from '../../packages/node/src/syncing/index.ts'
import type { RespondComponents } from '../../packages/node/src/syncing/respond.ts'
import type { BenchNode } from './bench-node.ts'

/** What a session needs of a node whose peer may have everything. What the peer does wrong ends the bench. */
export function syncSide(
  node: Pick<BenchNode, 'store' | 'trust' | 'admission' | 'sweeper' | 'now'>,
): RespondComponents {
  const { store, trust, admission, sweeper, now } = node
  const fail = (_: string, code: string): void => {
    throw new Error(`the peer was blamed for ${code}`)
  }
  const clock = (): number => now
  const newKey = (): Uint8Array => randomBytes(MAC_KEY_BYTES)
  return {
    store,
    trust,
    admission,
    sweeper,
    crypto: nativeCrypto,
    hour: () => hourOf(now),
    maySee: () => true,
    floorOf: () => 0,
    sameSets: createSameSets(store, clock),
    cells: createCellKeeper({ store, clock, newKey, breathe }),
    newKey,
    breathe,
    penalise: fail,
    onBreach: fail,
    isReady: () => true,
    refuse: () => undefined,
  }
}
