import { randomBytes } from 'node:crypto'
import {
  BEACON,
  type ChainHead,
  encodeLoneRecord,
  fromHex,
  type LeafBody,
  loneRecord,
  packStatuses,
  portableCrypto,
  sealSign1,
  sha256,
  type Statement,
  STATEMENT,
  type Status,
  STATUS_LIST,
  statusListSubject,
} from '@intelmesh/protocol'
import { nativeZlib } from '../../packages/node/src/crypto/index.ts'
import { type AcoKeys, type Author, batchOf, certify, type Forged, leafOf, newAco } from './forge.ts'
import type { Arrival } from './replica.ts'

/** Everything that an ACO and its members have ever said, and what is to become of it wherever all of it has come. */
export interface World {
  /** The root certificate. */
  readonly root: Uint8Array
  /** What its members know from the first day on: certificates, and the first word of the ACO. */
  readonly foundation: readonly Arrival[]
  readonly arrivals: readonly Arrival[]
  /** Records that every node holds in the end, and records that none does. */
  readonly held: readonly string[]
  readonly gone: readonly string[]
}

const MINUTE_MS = 60_000
const HOUR_MS = 3_600_000
/** ms since the Unix epoch at which all of it is looked at. */
export const NOW: number = Math.floor(Date.now() / HOUR_MS) * HOUR_MS + HOUR_MS / 2

type Fate = 'held' | 'gone'

/**
 * Four authors of three organisations: one is revoked, with heads that close its chains; one was suspended and reinstated; one is
 * suspended. They take records back, rightly and not, and some of what they say has expired.
 */
export async function makeWorld(): Promise<World> {
  const aco = await newAco(NOW - 20 * HOUR_MS)
  const x = randomBytes(16)
  const [revoked, sister, reinstated, suspended] = await Promise.all([
    memberOf(aco, 0, x),
    memberOf(aco, 1, x),
    memberOf(aco, 2, randomBytes(16)),
    memberOf(aco, 3, randomBytes(16)),
  ])
  const [closed, forged, open] = [chainOf(revoked), chainOf(revoked), chainOf(sister)]
  const [clear, paused, halted] = [chainOf(sister, 'clear'), chainOf(reinstated), chainOf(suspended)]

  const mine = await open.say(['held', {}], ['held', {}])
  const inClear = await clear.say(['held', {}])
  const below = await closed.say(['held', {}], ['gone', {}])
  const top = await closed.say(['held', {}], ['held', {}])
  const lastGood = closed.head()
  await closed.say(['gone', tombstone(mine[0])], ['gone', {}])
  await closed.say(['gone', {}])
  await forged.say(['gone', {}], ['gone', tombstone(top[0])])

  await open.say(['held', tombstone(below[1])])
  await open.say(['held', tombstone(top[1], -1)], ['held', tombstone(inClear[0])])
  await open.say(['gone', { at: NOW - 3 * HOUR_MS, life: 1 }], ['held', {}])

  const before = await paused.say(['held', {}])
  const pausedAt = paused.head()
  await paused.say(['held', {}], ['held', tombstone(mine[1])], ['gone', {}])
  const [, , retracted] = paused.ids(1)
  await paused.say(['held', tombstone(retracted)])

  const good = await halted.say(['held', {}])
  const haltedAt = halted.head()
  await halted.say(['gone', {}], ['gone', tombstone(good[0])], ['gone', tombstone(before[0])])

  const statements = await statementsBy(aco, [
    { action: 'revoke', keys: [revoked.keyId], heads: [lastGood] },
    { action: 'suspend', keys: [reinstated.keyId], heads: [pausedAt] },
    { action: 'reinstate', keys: [reinstated.keyId], heads: [] },
    { action: 'suspend', keys: [suspended.keyId], heads: [haltedAt] },
  ])
  const certificates = [revoked, sister, reinstated, suspended].map(({ certificate }): Arrival => ({
    control: { kind: 'certificate', bytes: certificate },
  }))
  const operator: Arrival = { control: { kind: 'certificate', bytes: aco.operator.certificate } }
  const early = await statusBy(aco, {
    number: 1,
    statuses: ['valid', 'valid', 'valid', 'valid'],
    statements: 0,
  })
  const statuses = ['invalid', 'valid', 'valid', 'suspended'] as const
  const late = await statusBy(aco, { number: 2, statuses, statements: statements.length })
  const chains = [closed, forged, open, clear, paused, halted]
  const fates = chains.flatMap((chain) => chain.fates)
  return {
    root: aco.root.certificate,
    foundation: [operator, ...early, ...certificates],
    arrivals: [...statements, ...late, ...chains.flatMap((chain) => chain.arrivals())],
    held: fates.filter(([, fate]) => fate === 'held').map(([id]) => id),
    gone: fates.filter(([, fate]) => fate === 'gone').map(([id]) => id),
  }
}

/** A member since yesterday, of an organisation. */
function memberOf({ operator }: AcoKeys, statusIndex: number, organisation: Uint8Array): Promise<Author> {
  const claims = {
    issuedAt: NOW / 1000 - 3600,
    notBefore: NOW / 1000 - 18 * 3600,
    expiresAt: NOW / 1000 + 86_400,
  }
  return certify(operator, { mesh: { organisation, statusIndex }, claims })
}

interface Saying {
  readonly body?: LeafBody
  /** Hours from its reading to its end. */
  readonly life?: number
  readonly at?: number
}

function tombstone(id: string | undefined, sooner = 0): Saying {
  return { body: { kind: 'tombstone', retracts: [fromHex(id ?? '')], reason: 'error' }, life: LIFE + sooner }
}

const LIFE = 24

/** A chain of an author that grows batch by batch. */
function chainOf(author: Author, audience: 'clear' | 'green' = 'green') {
  const chain = randomBytes(16)
  const batches: Forged[] = []
  const fates: (readonly [id: string, fate: Fate])[] = []
  const clear = { compartments: [audience], tlp: audience } as const

  return {
    fates,
    ids: (seq: number): readonly string[] => batches[seq]?.ids ?? [],
    head(): ChainHead {
      return { chain, seq: batches.length - 1, hash: batches.at(-1)?.hash ?? new Uint8Array(32) }
    },
    async say(...sayings: readonly (readonly [Fate, Saying])[]): Promise<readonly string[]> {
      const at = Math.min(NOW, ...sayings.map(([, saying]) => saying.at ?? NOW)) - 10 * MINUTE_MS
      const leaves = sayings.map(([, { body, life = LIFE }]) =>
        leafOf(author, {
          at,
          clear: { ...clear, expires: Math.floor(at / HOUR_MS) + life },
          ...(body && { body }),
        }),
      )
      const previous = batches.at(-1)?.hash
      const header = { chain, seq: batches.length, audience, ...(previous && { previous }) }
      const batch = await batchOf(author, { leaves, header, from: at, to: at })
      batches.push(batch)
      fates.push(...batch.ids.map((id, i) => [id, sayings[i]?.[0] ?? 'held'] as const))
      return batch.ids
    },
    /** Each batch whole, and each of its records alone. */
    arrivals: (): readonly Arrival[] =>
      batches.flatMap((batch): readonly Arrival[] => [
        { item: { form: 'batch', bytes: batch.bytes } },
        ...batch.leaves.map((leaf, i): Arrival => ({
          item: { form: 'record', bytes: alone(batch, i, leaf) },
        })),
      ]),
  }
}

function alone({ header, ids }: Forged, index: number, leaf: Uint8Array): Uint8Array {
  const leafHashes = ids.map(fromHex)
  return encodeLoneRecord(loneRecord(portableCrypto, { header, leafHashes }, index, leaf))
}

type Saids = Pick<Statement, 'action' | 'keys' | 'heads'>

async function statementsBy(
  { root, operator }: AcoKeys,
  said: readonly Saids[],
): Promise<readonly Arrival[]> {
  const common = {
    aco: root.keyId,
    reason: 'unspecified',
    at: NOW - MINUTE_MS,
    signer: operator.keyId,
  } as const
  const sealed = said.map((each, i) =>
    sealSign1(STATEMENT, { ...common, ...each, number: i + 1 }, operator.signer),
  )
  return (await Promise.all(sealed)).map((bytes) => ({ control: { kind: 'statement', bytes } }))
}

/** A status list and the beacon that names it. */
async function statusBy(
  { root, operator }: AcoKeys,
  said: { readonly number: number; readonly statuses: readonly Status[]; readonly statements: number },
): Promise<readonly Arrival[]> {
  const token = {
    subject: statusListSubject(root.keyId),
    issuedAt: NOW / 1000,
    list: packStatuses(nativeZlib, said.statuses),
  }
  const list = await sealSign1(STATUS_LIST, token, operator.signer)
  const beacon = {
    aco: root.keyId,
    number: said.number,
    at: NOW - MINUTE_MS,
    nextUpdate: NOW + HOUR_MS,
    listHash: sha256(list),
    revoked: said.statuses.flatMap((status, i) => (status === 'invalid' ? [i] : [])),
    statements: said.statements,
    checkpoint: { size: 0, root: sha256(new Uint8Array(0)) },
    signer: operator.keyId,
  }
  const bytes = await sealSign1(BEACON, beacon, operator.signer)
  return [{ control: { kind: 'beacon', bytes } }, { control: { kind: 'status-list', bytes: list } }]
}
