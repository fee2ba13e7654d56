import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type ControlObject,
  type Summary,
  SYNC_SETS,
  type SyncItem,
  type SyncSet,
  toHex,
} from '@intelmesh/protocol'
import { type Admission, openAdmission, openSweeper } from '../../packages/node/src/admission/index.ts'
import { nativeCrypto } from '../../packages/node/src/crypto/index.ts'
import { NO_METRICS, SILENT_LOGGER } from '../../packages/node/src/observe/index.ts'
import { judgeAgain } from '../../packages/node/src/running/judge-again.ts'
import { createStore, openStore } from '../../packages/node/src/store/index.ts'
import { openTrust } from '../../packages/node/src/trust/index.ts'

/** What a node may be given, in any order. */
export type Arrival = { readonly control: ControlObject } | { readonly item: SyncItem }

/** Store, trust and admission of a node, without a network. */
export interface Replica extends AsyncDisposable {
  /** Hands one thing to its door, and waits until all that follows from it is stored. Gives the code of the verdict. */
  take(arrival: Arrival): Promise<string>
  /** Ids in the set, as far as they are records. */
  holds(record: string): Promise<boolean>
  roots(): Readonly<Record<SyncSet, string>>
}

/** An empty replica under a root certificate, at a time in ms since the Unix epoch. */
export async function openReplica(root: Uint8Array, now: number): Promise<Replica> {
  const folder = await mkdtemp(join(tmpdir(), 'replica-'))
  await using opening = new AsyncDisposableStack()
  opening.defer(() => rm(folder, { recursive: true, force: true }))
  const path = join(folder, 'store')
  await createStore({ path, id: randomBytes(16).toString('hex'), createdAt: now })
  const store = opening.use(await openStore({ path }))
  const clock = (): number => now
  const trust = await openTrust({ store, crypto: nativeCrypto, clock }, root)
  const sweeper = await openSweeper(store)
  await sweeper.sweepTo(Math.floor(now / 3_600_000))
  const components = { store, trust, crypto: nativeCrypto, clock, metrics: NO_METRICS }
  const admission: Admission = opening.use(
    openAdmission({ ...components, asOf: () => sweeper.asOf, clearance: () => 'green' }),
  )
  const judging = opening.use(judgeAgain({ store, trust, admission, logger: SILENT_LOGGER }))
  const opened = opening.move()

  return {
    async take(arrival) {
      if ('control' in arrival) {
        const [verdict] = await trust.admit([arrival.control], 'peer')
        await judging.settled()
        return verdict?.code ?? 'NONE'
      }
      const { code, stored } = await admission.admitItem(arrival.item, { kind: 'peer', node: 'peer' })
      await stored
      await judging.settled()
      return code
    },
    holds: async (record) => (await store.record(record)) !== undefined,
    roots: () => {
      const entries = SYNC_SETS.map((set) => [set, describe(store.rootOf(set))])
      return Object.fromEntries(entries) as Record<SyncSet, string>
    },
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  }
}

function describe({ count, digest }: Summary): string {
  return `${count} ${toHex(digest)}`
}
