import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ControlObject, fromHex, type SyncSet, toHex } from '@intelmesh/protocol'
import { hourOf, openAdmission, openSweeper } from '../../../packages/node/src/admission/index.ts'
import { nativeCrypto } from '../../../packages/node/src/crypto/index.ts'
import { NO_METRICS } from '../../../packages/node/src/observe/index.ts'
import { createStore, openStore } from '../../../packages/node/src/store/index.ts'
import { breathe, createCellKeeper, createSameSets } from '../../../packages/node/src/syncing/index.ts'
import type { RespondComponents } from '../../../packages/node/src/syncing/respond.ts'
import { openTrust } from '../../../packages/node/src/trust/index.ts'
import { syncSide } from '../../support/sync-side.ts'
import type { Material } from './material.ts'

/** What a side holds before a session. */
export interface Holding {
  /** Names of control objects. */
  readonly control: readonly string[]
  /** Entries of the log, from the first on. */
  readonly log: number
  /** Names of batches and records, in the order of their arrival. */
  readonly items: readonly string[]
  /** So many of these were there when both sides were last found to hold the same. */
  readonly common?: number
}

/** Who is who: the id of the node that leads, and of the one that answers. */
export const NODES = { initiator: '11'.repeat(32), responder: '22'.repeat(32) } as const
export type Role = keyof typeof NODES

/** One side of a session, as a node has it. */
export interface Side extends AsyncDisposable {
  readonly role: Role
  readonly components: RespondComponents
  /** Count and digest of the root of a set. */
  rootOf(set: SyncSet): readonly [count: number, digest: string]
}

/** Opens store, trust and admission of a node, gives it what it is to hold, and fails where any of it is refused. */
export async function openSide(
  { at, key, root, log, control, items }: Material,
  role: Role,
  { set, holding }: { readonly set: SyncSet; readonly holding: Holding },
): Promise<Side> {
  const folder = await mkdtemp(join(tmpdir(), 'exchange-'))
  await using opening = new AsyncDisposableStack()
  opening.defer(() => rm(folder, { recursive: true, force: true }))
  const path = join(folder, 'store')
  await createStore({ path, id: NODES[role].slice(0, 32), createdAt: at })
  const store = opening.use(await openStore({ path }))
  const clock = (): number => at
  const trust = await openTrust({ store, crypto: nativeCrypto, clock }, fromHex(root))
  const sweeper = await openSweeper(store)
  await sweeper.sweepTo(hourOf(at))
  const admission = opening.use(
    openAdmission({
      store,
      trust,
      crypto: nativeCrypto,
      clock,
      metrics: NO_METRICS,
      asOf: () => sweeper.asOf,
      clearance: () => 'amber',
    }),
  )
  const objects = holding.control.map((name): ControlObject => {
    const [kind, bytes] = named(control, name)
    return { kind, bytes: fromHex(bytes) }
  })
  for (const { code } of await trust.admit(objects, 'file')) assertTaken(code)
  await trust.extendLog(log.slice(0, holding.log).map(fromHex))
  const sameSets = createSameSets(store, clock)
  const peer = NODES[role === 'initiator' ? 'responder' : 'initiator']
  for (const [i, name] of holding.items.entries()) {
    const [form, bytes] = named(items, name)
    const { code, stored } = await admission.admitItem({ form, bytes: fromHex(bytes) }, { kind: 'file' })
    await stored
    assertTaken(code)
    if (i + 1 === holding.common) await sameSets.note(peer, set, store.rootOf(set))
  }
  const newKey = (): Uint8Array => fromHex(key)
  const cells = opening.use(createCellKeeper({ store, clock, newKey, breathe }))
  const fail = (_: string, code: string): void => assertTaken(code)
  const opened = opening.move()
  return {
    role,
    components: {
      ...syncSide({ store, trust, admission, sweeper, now: at }),
      sameSets,
      cells,
      newKey,
      penalise: fail,
      onBreach: fail,
    },
    rootOf(of) {
      const { count, digest } = store.rootOf(of)
      return [count, toHex(digest)]
    },
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  }
}

function named<T>(list: Readonly<Record<string, T>>, name: string): T {
  const found = list[name]
  if (found === undefined) throw new Error(`there is no ${name} in the vectors`)
  return found
}

function assertTaken(code: string): void {
  if (code !== 'ACCEPTED') throw new Error(`expected what the vectors hold to be taken, got ${code}`)
}
