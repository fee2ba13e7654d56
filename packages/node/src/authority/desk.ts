import {
  BEACON,
  type ControlObject,
  isFrontier,
  fromHex,
  keyIdOf,
  parseSign1,
  CERTIFICATE,
  type Signer,
  toHex,
  type VerifiedCertificate,
  verifyChain,
} from '@intelmesh/protocol'
import { nativeCrypto } from '../crypto/native.ts'
import { BEACON_KEY } from '../trust/index.ts'
import { AuthorityError } from './errors.ts'
import { type AuthorityStore, CHAIN_KEY, type ChainRow, type StateRow, STATE_KEY } from './register.ts'
import { beginTransaction, type Issuer, type Transaction } from './transaction.ts'

/** What an ACO's home lends to its authority. */
export interface AuthorityComponents {
  readonly store: AuthorityStore
  readonly operator: Signer
  /** ms since the Unix epoch. */
  readonly clock: () => number
  readonly random: (length: number) => Uint8Array
  /** Hands over what was signed, once it is on disk. What it cannot send, reconciliation carries. */
  readonly announce: (objects: readonly ControlObject[]) => Promise<void>
  /** URLs of the enrolment service: those for the outside, or for this machine alone. */
  readonly urls: (isLocal: boolean) => readonly string[]
}

export interface AuthorityOptions {
  /** How long a beacon holds, in ms. @default 72 hours: an ACO may be away for a long weekend */
  readonly nextUpdateMs?: number
  /** How long an invite can be used, in ms. @default 72 hours */
  readonly inviteMs?: number
}

const HOUR_MS = 3_600_000
export const DEFAULT_OPTIONS: Required<AuthorityOptions> = {
  nextUpdateMs: 72 * HOUR_MS,
  inviteMs: 72 * HOUR_MS,
}

/** What the verbs of an authority share. */
export interface Desk extends Omit<AuthorityComponents, 'announce'> {
  readonly options: Required<AuthorityOptions>
  readonly issuer: Issuer
  /** Key id of the ACO's own node. */
  readonly ownNode: string
  /** The certificates under which it issues; the operator's changes when the root renews it. */
  chain(): { readonly root: VerifiedCertificate; readonly operator: VerifiedCertificate }
  /**
   * Runs one step alone and stores it, on disk, before it returns; announces it thereafter. When `work` throws, nothing is
   * stored.
   */
  transact<T>(work: (transaction: Transaction) => Promise<T>): Promise<T>
}

/** @throws AuthorityError AUTHORITY_MISSING, AUTHORITY_MISMATCH when the operator's key is not the certified one */
export async function openDesk(components: AuthorityComponents, options: AuthorityOptions): Promise<Desk> {
  const { store, operator, clock, announce } = components
  const settings = { ...DEFAULT_OPTIONS, ...options }
  let chain = await openChain(await store.ledger(CHAIN_KEY))
  const aco = keyIdOf(nativeCrypto, chain.root.claims.publicKey)
  const operatorId = keyIdOf(nativeCrypto, operator.publicKey)
  if (toHex(chain.operator.claims.publicKey) !== toHex(operator.publicKey)) {
    throw new AuthorityError('AUTHORITY_MISMATCH', 'the operator key is not the one that the root certified')
  }
  const issuer: Issuer = { aco, operator, operatorId, nextUpdateMs: settings.nextUpdateMs }
  let turn: Promise<unknown> = Promise.resolve()
  let told = ((await store.ledger(STATE_KEY)) as StateRow | undefined)?.beacon ?? 0

  async function step<T>(
    work: (transaction: Transaction) => Promise<T>,
  ): Promise<readonly [T, readonly ControlObject[]]> {
    // Read from the store each time, once it is known what reached the disk of a commit that failed.
    await store.certain()
    const state = await readState(store)
    // A disk may have taken what it failed to write: then that stands, and nobody was told of it.
    if (state.beacon > told) {
      chain = await openChain(await store.ledger(CHAIN_KEY))
      await announce(await everySaid(store)).catch(() => {})
    }
    const transaction = beginTransaction(issuer, state, clock())
    const result = await work(transaction)
    const { changes, announced } = await transaction.finish()
    const ledger = changes.ledger ?? {}
    const next = CHAIN_KEY in ledger ? await openChain(ledger[CHAIN_KEY]) : chain
    if (announced.length > 0) assertOperatorValid(next.operator, transaction.at)
    if (announced.length > 0 || Object.keys(ledger).length > 0) await store.commit(changes, { sync: true })
    chain = next
    told = (ledger[STATE_KEY] as StateRow | undefined)?.beacon ?? state.beacon
    return [result, announced]
  }

  return {
    ...components,
    options: settings,
    issuer,
    ownNode: chain.node,
    chain: () => chain,
    async transact(work) {
      const mine = turn.then(() => step(work))
      turn = mine.catch(() => {})
      const [result, announced] = await mine
      // What is on disk stands, whether or not the mesh can be told now.
      if (announced.length > 0) await announce(announced).catch(() => {})
      return result
    },
  }
}

/** All that the ACO ever signed and that still counts. */
async function everySaid(store: AuthorityStore): Promise<readonly ControlObject[]> {
  const rows = await Array.fromAsync(store.controlRows())
  return rows.filter(({ kind }) => kind !== 'contact').map(({ kind, bytes }) => ({ kind, bytes }))
}

async function openChain(
  held: unknown,
): Promise<{ root: VerifiedCertificate; operator: VerifiedCertificate; node: string }> {
  const row = held as ChainRow | undefined
  if (row === undefined)
    throw new AuthorityError('AUTHORITY_MISSING', "this home is no ACO's: create one with aco init")
  const rootBytes = fromHex(row.root)
  const rootId = keyIdOf(nativeCrypto, parseSign1(CERTIFICATE, rootBytes).claims.publicKey)
  const [operator, root] = await verifyChain(nativeCrypto, [fromHex(row.operator), rootBytes], rootId)
  return { root: root as VerifiedCertificate, operator, node: row.node }
}

/** @throws AuthorityError AUTHORITY_BEHIND, AUTHORITY_MISMATCH when the home cannot go on from what it holds */
async function readState(store: AuthorityStore): Promise<StateRow> {
  const state = (await store.ledger(STATE_KEY)) as StateRow | undefined
  await assertNewest(store, state?.beacon ?? 0)
  const isWhole =
    state !== undefined &&
    state.logSize === store.logSize &&
    isFrontier({ size: state.logSize, peaks: state.logPeaks.map(fromHex) })
  if (!isWhole)
    throw new AuthorityError(
      'AUTHORITY_MISMATCH',
      'the register and the log disagree: restore the home from a backup',
    )
  return state
}

/** Peers show this ACO its own beacons. One that it does not remember means that numbers would be used twice from here on. */
async function assertNewest(store: AuthorityStore, number: number): Promise<void> {
  const row = await store.control(BEACON_KEY)
  const held = row === undefined ? 0 : parseSign1(BEACON, row.bytes).claims.number
  if (held > number) {
    const remedy = 'restore the newest copy of the home, or found a new root'
    throw new AuthorityError(
      'AUTHORITY_BEHIND',
      `beacon ${held} was signed, and the register ends at ${number}: ${remedy}`,
    )
  }
}

function assertOperatorValid({ claims }: VerifiedCertificate, at: number): void {
  if (at < claims.notBefore * 1000 || at > claims.expiresAt * 1000) {
    throw new AuthorityError(
      'OPERATOR_EXPIRED',
      "the operator's certificate is not valid now: renew it with the root key",
    )
  }
}
