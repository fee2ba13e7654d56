import { randomBytes } from 'node:crypto'
import { MAC_KEY_BYTES } from '@intelmesh/protocol'
import { nativeCrypto } from '../../packages/node/src/crypto/index.ts'
import { breathe, createCellKeeper, createSameSets } from '../../packages/node/src/syncing/index.ts'
import type { RespondComponents } from '../../packages/node/src/syncing/respond.ts'
import { type Admission, hourOf, type Sweeper } from '../../packages/node/src/admission/index.ts'
import type { Store } from '../../packages/node/src/store/index.ts'
import type { Trust } from '../../packages/node/src/trust/index.ts'

/** The parts of a node that a session works on, at a time that stands still. */
export interface SyncParts {
  readonly store: Store
  readonly trust: Trust
  readonly admission: Admission
  readonly sweeper: Sweeper
  /** ms since the Unix epoch. */
  readonly now: number
}

/** What a session needs of a node whose peer may have everything. What the peer does wrong is thrown. */
export function syncSide({ store, trust, admission, sweeper, now }: SyncParts): RespondComponents {
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
    onLacking: () => undefined,
  }
}
