import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  BEACON,
  type Beacon,
  type ControlObject,
  parseSign1,
  portableCrypto,
  sha256,
  type Signer,
  STATEMENT,
  type Statement,
  type Unverified,
  utf8Bytes,
} from '@intelmesh/protocol'
import type { InviteRequest } from '../../../packages/node/src/aco-api.ts'
import { nativeSignerOf } from '../../../packages/node/src/crypto/index.ts'
import { createKemKey, type KemKeyPair } from '../../../packages/node/src/keys/index.ts'
import { createStore, openStore, type Store } from '../../../packages/node/src/store/index.ts'
import {
  type Authority,
  type AuthorityOptions,
  initialiseAuthority,
  type NewAuthority,
  openAuthority,
} from '../../../packages/node/src/authority/index.ts'

/** An ACO in a temporary folder, with a clock that is set and randomness that repeats. */
export interface TestAco extends AsyncDisposable {
  readonly created: NewAuthority
  readonly root: Signer
  authority: Authority
  store: Store
  /** ms since the Unix epoch. */
  now: number
  /** All that was announced, oldest first. */
  readonly announced: ControlObject[]
  /** Makes announcing fail, as in a node without a mesh. */
  isCutOff: boolean
  beacons(): readonly Unverified<Beacon>[]
  statements(): readonly Unverified<Statement>[]
  /** Closes the store and opens everything anew, as after a restart. */
  restart(): Promise<void>
}

export const START: number = Date.UTC(2026, 10, 22, 8)
export const DAY_MS = 86_400_000

/** A signer that depends on its name alone. */
export function signerNamed(name: string): Signer {
  return nativeSignerOf(sha256(utf8Bytes(name)))
}

/** A KEM key pair that depends on its name alone. */
export function kemNamed(name: string): KemKeyPair {
  return createKemKey((length) => sha256(utf8Bytes(`${name} ${length}`)).subarray(0, length))
}

/** Bytes that repeat from run to run. */
export function seededRandom(seed: string): (length: number) => Uint8Array {
  let count = 0
  return (length) => sha256(utf8Bytes(`${seed} ${count++}`)).subarray(0, length)
}

/** An invite request with what most tests want. */
export function memberCalled(org: string, rest: Partial<InviteRequest> = {}): InviteRequest {
  return { org, kind: 'member', roles: [], clearance: 'amber', days: 14, ...rest }
}

export async function createTestAco(options: AuthorityOptions = {}): Promise<TestAco> {
  const folder = await mkdtemp(join(tmpdir(), 'intelmesh-aco-'))
  const path = join(folder, 'store')
  const random = seededRandom('aco')
  const root = signerNamed('root')
  const operator = signerNamed('operator')
  await createStore({ path, id: '00'.repeat(16), createdAt: START })
  const created = await initialiseAuthority({
    root,
    operator,
    node: signerNamed('aco node'),
    kemKey: kemNamed('aco node').key,
    name: 'Test ACO',
    cluster: 'finance.eu',
    at: START,
    random,
  })
  const announced: ControlObject[] = []

  async function open(): Promise<{ authority: Authority; store: Store }> {
    const store = await openStore({ path })
    if (store.logSize === 0) await store.commit(created.changes, { sync: true })
    const announce = async (objects: readonly ControlObject[]): Promise<void> => {
      if (aco.isCutOff) throw new Error('no mesh')
      announced.push(...objects)
    }
    const urls = (isLocal: boolean): readonly string[] => [
      isLocal ? 'http://127.0.0.1:4651' : 'https://aco.example',
    ]
    const clock = (): number => aco.now
    const authority = await openAuthority({ store, operator, clock, random, announce, urls }, options)
    return { authority, store }
  }

  const aco: TestAco = {
    ...(await open()),
    created,
    root,
    now: START,
    announced,
    isCutOff: false,
    beacons: () =>
      announced.filter(({ kind }) => kind === 'beacon').map(({ bytes }) => parseSign1(BEACON, bytes)),
    statements: () =>
      announced.filter(({ kind }) => kind === 'statement').map(({ bytes }) => parseSign1(STATEMENT, bytes)),
    async restart() {
      await aco.store[Symbol.asyncDispose]()
      Object.assign(aco, await open())
    },
    async [Symbol.asyncDispose]() {
      await aco.store[Symbol.asyncDispose]()
      await rm(folder, { recursive: true, force: true })
    },
  }
  return aco
}

/** The backend by which tests judge what the authority signed: not the one that signed it. */
export const judge: typeof portableCrypto = portableCrypto
