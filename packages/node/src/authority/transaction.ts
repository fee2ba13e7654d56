import {
  appendLeaf,
  BEACON,
  type Certificate,
  CERTIFICATE,
  type ControlObject,
  type Frontier,
  frontierRoot,
  fromHex,
  leafHash,
  type LogProof,
  MAX_BEACON_REVOKED,
  sealSign1,
  type Signer,
  type Statement,
  STATEMENT,
  toHex,
} from '@intelmesh/protocol'
import { nativeCrypto } from '../crypto/native.ts'
import type { Hex, StoreChanges } from '../store/index.ts'
import { controlRow } from '../trust/index.ts'
import { AuthorityError } from './errors.ts'
import { rowKey, type Rows, type StateRow, STATE_KEY } from './register.ts'
import { listCapacity, sealStatusList } from './status-list.ts'

/** Who signs, and for how long its beacons hold. */
export interface Issuer {
  /** Key id of the root, 32 bytes. */
  readonly aco: Uint8Array
  readonly operator: Signer
  /** Key id of the operator, 32 bytes. */
  readonly operatorId: Uint8Array
  readonly nextUpdateMs: number
}

/** The words of a beacon. */
export interface SealedBeacon {
  readonly bytes: Uint8Array
  readonly number: number
}

/** A certificate as it was issued and logged. */
export interface Logged {
  readonly bytes: Uint8Array
  readonly id: Hex
  /** Holds under the beacon of the transaction when nothing else was logged after it. */
  readonly proof: LogProof
}

/**
 * One step of an ACO: what it signs, logs and writes to its register, to be stored whole or not at all. Numbers, indices and
 * the log go on from the state it began with, so a step that is not stored leaves no gap.
 */
export interface Transaction {
  /** ms since the Unix epoch. */
  readonly at: number
  /** Takes the next free status index. @throws AuthorityError REGISTER_FULL */
  takeIndex(): number
  /** Signs a certificate by `signer` and logs it. */
  certify(claims: Certificate, signer: Signer): Promise<Logged>
  /** Signs and logs a statement, which gets the next number. */
  declare(said: Pick<Statement, 'action' | 'keys' | 'reason' | 'until' | 'heads'>): Promise<number>
  /** Sets the status of an index in the list. */
  setStatus(index: number, status: 'valid' | 'invalid' | 'suspended'): void
  put<T extends keyof Rows>(table: T, id: Hex, row: Rows[T]): void
  putMeta(key: string, value: unknown): void
  /** Signs the status list if it changed, and the beacon. Nothing can be signed, logged or set after it. */
  seal(): Promise<SealedBeacon>
  /** The status list of this step, if it made one. */
  readonly statusList: Uint8Array | undefined
}

/** A transaction with what comes out of it. */
export interface OpenTransaction extends Transaction {
  /** Seals when something was signed, and gives what to store and, in the order in which a receiver needs it, to announce. */
  finish(): Promise<{ readonly changes: StoreChanges; readonly announced: readonly ControlObject[] }>
}

/** The state of an ACO that has signed nothing yet. */
export const EMPTY_STATE: StateRow = {
  beacon: 0,
  statements: 0,
  indices: 0,
  invalid: [],
  suspended: [],
  listHash: '',
  capacity: 0,
  logSize: 0,
  logPeaks: [],
}

/** Begins a step that follows on `state` at `at` (ms since the Unix epoch). */
export function beginTransaction(issuer: Issuer, state: StateRow, at: number): OpenTransaction {
  return new Step(issuer, state, at)
}

class Step implements OpenTransaction {
  readonly at: number
  statusList: Uint8Array | undefined
  readonly #issuer: Issuer
  #state: StateRow
  #frontier: Frontier
  #beacon: SealedBeacon | undefined
  #listChanged = false
  readonly #objects: ControlObject[] = []
  readonly #log: Uint8Array[] = []
  readonly #ledger: Record<string, unknown> = {}

  constructor(issuer: Issuer, state: StateRow, at: number) {
    this.#issuer = issuer
    this.#state = state
    this.#frontier = { size: state.logSize, peaks: state.logPeaks.map(fromHex) }
    this.at = at
  }

  takeIndex(): number {
    const index = this.#state.indices
    if (index >= MAX_INDICES)
      throw new AuthorityError('REGISTER_FULL', `the status list holds ${MAX_INDICES} node keys`)
    this.#change({ indices: index + 1 })
    return index
  }

  async certify(claims: Certificate, signer: Signer): Promise<Logged> {
    const bytes = await sealSign1(CERTIFICATE, claims, signer)
    const proof = this.#append({ kind: 'certificate', bytes })
    return { bytes, id: toHex(nativeCrypto.sha256(bytes)), proof }
  }

  async declare(said: Pick<Statement, 'action' | 'keys' | 'reason' | 'until' | 'heads'>): Promise<number> {
    const number = this.#state.statements + 1
    const { aco, operator, operatorId } = this.#issuer
    const bytes = await sealSign1(
      STATEMENT,
      { ...said, aco, number, at: this.at, signer: operatorId },
      operator,
    )
    this.#append({ kind: 'statement', bytes })
    this.#change({ statements: number })
    return number
  }

  setStatus(index: number, status: 'valid' | 'invalid' | 'suspended'): void {
    const invalid = this.#state.invalid.filter((other) => other !== index)
    const suspended = this.#state.suspended.filter((other) => other !== index)
    if (status === 'invalid') invalid.push(index)
    if (status === 'suspended') suspended.push(index)
    this.#change({ invalid, suspended })
    this.#listChanged = true
  }

  put<T extends keyof Rows>(table: T, id: Hex, row: Rows[T]): void {
    this.putMeta(rowKey(table, id), row)
  }

  putMeta(key: string, value: unknown): void {
    this.#ledger[key] = value
  }

  async seal(): Promise<SealedBeacon> {
    this.#beacon ??= await this.#sealBeacon()
    return this.#beacon
  }

  async finish(): Promise<{ readonly changes: StoreChanges; readonly announced: readonly ControlObject[] }> {
    if (this.#objects.length > 0 || this.#listChanged) await this.seal()
    if (this.#beacon !== undefined) this.#ledger[STATE_KEY] = this.#state
    const control = this.#objects.map((object) => controlRow(object))
    return { changes: { control, log: this.#log, ledger: this.#ledger }, announced: this.#objects }
  }

  async #sealBeacon(): Promise<SealedBeacon> {
    const capacity = listCapacity(this.#state.indices)
    if (this.#listChanged || capacity !== this.#state.capacity) await this.#sealList(capacity)
    const { aco, operator, operatorId, nextUpdateMs } = this.#issuer
    const number = this.#state.beacon + 1
    const { size, peaks } = this.#frontier
    const claims = {
      aco,
      number,
      at: this.at,
      nextUpdate: this.at + nextUpdateMs,
      listHash: fromHex(this.#state.listHash),
      revoked: this.#state.invalid.slice(-MAX_BEACON_REVOKED),
      statements: this.#state.statements,
      checkpoint: { size, root: frontierRoot(nativeCrypto, this.#frontier) },
      signer: operatorId,
    }
    const bytes = await sealSign1(BEACON, claims, operator)
    this.#objects.push({ kind: 'beacon', bytes })
    this.#change({ beacon: number, logSize: size, logPeaks: peaks.map(toHex) })
    return { bytes, number }
  }

  async #sealList(capacity: number): Promise<void> {
    const { aco, operator } = this.#issuer
    const bytes = await sealStatusList(operator, aco, { ...this.#state, capacity, at: this.at })
    this.#objects.push({ kind: 'status-list', bytes })
    this.#change({ capacity, listHash: toHex(nativeCrypto.sha256(bytes)) })
    this.statusList = bytes
  }

  /** Logs an object. The path of a tree's last leaf is the frontier before it, from the right. */
  #append(object: ControlObject): LogProof {
    const { size, peaks } = this.#frontier
    const leaf = leafHash(nativeCrypto, object.bytes)
    this.#frontier = appendLeaf(nativeCrypto, this.#frontier, leaf)
    this.#log.push(leaf)
    this.#objects.push(object)
    this.#change({})
    return { size: size + 1, index: size, path: peaks.toReversed() }
  }

  #change(change: Partial<StateRow>): void {
    if (this.#beacon !== undefined)
      throw new TypeError('the beacon of this step is sealed: nothing may follow it')
    this.#state = { ...this.#state, ...change }
  }
}

/** What a status list may hold: two bits each in 250,000 bytes, less the block that is begun. */
const MAX_INDICES = 998_400
