import {
  type Beacon,
  BEACON,
  type ChainHead,
  type ControlKind,
  encodeLoneRecord,
  fromHex,
  leafHash,
  loneRecord,
  packStatuses,
  portableCrypto,
  sha256,
  type Statement,
  STATEMENT,
  type Status,
  STATUS_LIST,
  statusListSubject,
  toHex,
  treeRoot,
} from '@intelmesh/protocol'
import { authorOf, batchOf, type Forged, leafOf, stixOf } from '../../support/forge.ts'
import { STORED } from '../trust/status-cases.ts'
import {
  ACO,
  AT,
  certificate,
  idOf,
  nodeClaims,
  OPERATOR,
  sealAny,
  secretOf,
  signerNamed,
  usualChain,
} from '../trust/cast.ts'

/** What sides of sessions hold, by name, as the vector file shows it. */
export interface Material {
  /** ms since the Unix epoch: the clock of both sides. */
  readonly at: number
  /** Of cells. */
  readonly key: string
  /** Certificate of the ACO. */
  readonly root: string
  /** Leaf hashes of the log. */
  readonly log: readonly string[]
  /** Control objects: kind and bytes. */
  readonly control: Readonly<Record<string, readonly [ControlKind, string]>>
  /** Batches and records alone: form and bytes. */
  readonly items: Readonly<Record<string, readonly ['batch' | 'record', string]>>
}

const HOUR_MS = 3_600_000
const HOUR = AT / HOUR_MS
/** Hours after which all of it is looked at. */
const LATER = 12

/** Everything that is signed, from keys and times that never change. */
export async function makeMaterial(): Promise<Material> {
  const [node, operator, root] = await usualChain()
  const member = signerNamed('member')
  const organisation = sha256(member.publicKey).subarray(0, 16)
  const mesh = { organisation, name: 'Insurer of Examples', statusIndex: 2 }
  const second = await certificate(nodeClaims({ publicKey: member.publicKey, mesh }), OPERATOR)
  const chain = chainOf('node', node)
  const closed = chainOf('member', second)
  const bulk = Array.from({ length: 41 }, (_, i) => `${i}`)
  const batches = {
    first: await chain.say(0, ['a', 'b', 'c']),
    second: await chain.say(1, ['d', 'e', 'f']),
    third: await chain.say(2, ['g', 'h']),
    fourth: await chain.say(3, ['i']),
    large: await chain.say(4, bulk),
    below: await closed.say(1, ['j', 'k']),
    head: await closed.say(2, ['l']),
  }
  const statement = await sealAny(STATEMENT, revocation(idOf(member), closed.head()), OPERATOR)
  const entries = [root, operator, node, second, statement].map((bytes) => leafHash(portableCrypto, bytes))
  const early = await statusOf(1, ['valid', 'valid', 'valid', 'valid'], entries.slice(0, 3))
  const late = await statusOf(2, ['valid', 'valid', 'invalid', 'valid'], entries)
  const control: Readonly<Record<string, readonly [ControlKind, Uint8Array]>> = {
    operator: ['certificate', operator],
    node: ['certificate', node],
    member: ['certificate', second],
    revocation: ['statement', statement],
    'early beacon': ['beacon', early.beacon],
    'early list': ['status-list', early.list],
    'late beacon': ['beacon', late.beacon],
    'late list': ['status-list', late.list],
  }
  const whole = Object.entries(batches).map(([name, { bytes }]) => [name, ['batch', toHex(bytes)]] as const)
  const alone = (['first', 'second'] as const).map(
    (name) => [`one of the ${name}`, ['record', toHex(firstAlone(batches[name]))]] as const,
  )
  return {
    at: AT + LATER * HOUR_MS,
    key: toHex(Uint8Array.from({ length: 16 }, (_, i) => i)),
    root: toHex(root),
    log: entries.map(toHex),
    control: Object.fromEntries(
      Object.entries(control).map(([name, [kind, bytes]]) => [name, [kind, toHex(bytes)]]),
    ),
    items: Object.fromEntries([...whole, ...alone]),
  }
}

/** A chain of a member whose batches follow one another: each says something at an hour. */
function chainOf(name: string, held: Uint8Array) {
  const author = authorOf(secretOf(name), held)
  const chain = sha256(held).subarray(0, 16)
  let previous: Forged | undefined
  let seq = 0
  return {
    async say(hour: number, texts: readonly string[]): Promise<Forged> {
      const at = AT + hour * HOUR_MS
      const leaves = texts.map((text) =>
        leafOf(author, {
          at,
          clear: { expires: HOUR + 720 },
          body: { kind: 'stix', stix: stixOf({ id: idFor(`${name} ${hour} ${text}`), name: text }) },
        }),
      )
      const header = { chain, seq: seq++, ...(previous && { previous: previous.hash }) }
      previous = await batchOf(author, { leaves, header, from: at, to: at })
      return previous
    },
    /** The last of it, as a statement names it. */
    head: (): ChainHead => ({ chain, seq: seq - 1, hash: (previous as Forged).hash }),
  }
}

/** A STIX id that follows from a text. */
function idFor(text: string): string {
  const digits = toHex(sha256(new TextEncoder().encode(text)))
  return `indicator--${digits.slice(0, 8)}-${digits.slice(8, 12)}-4${digits.slice(13, 16)}-8${digits.slice(17, 20)}-${digits.slice(20, 32)}`
}

function firstAlone({ header, ids, leaves }: Forged): Uint8Array {
  const own = { header, leafHashes: ids.map(fromHex) }
  return encodeLoneRecord(loneRecord(portableCrypto, own, 0, leaves[0] as Uint8Array))
}

function revocation(key: Uint8Array, head: ChainHead): Statement {
  return {
    aco: ACO,
    number: 1,
    action: 'revoke',
    reason: 'unspecified',
    keys: [key],
    heads: [head],
    at: AT + 9 * HOUR_MS,
    signer: idOf(OPERATOR),
  }
}

/** A beacon over a log, and the list that it names. */
async function statusOf(
  number: number,
  statuses: readonly Status[],
  log: readonly Uint8Array[],
): Promise<{ readonly beacon: Uint8Array; readonly list: Uint8Array }> {
  const at = AT + (8 + number) * HOUR_MS
  const token = { subject: statusListSubject(ACO), issuedAt: at / 1000, list: packStatuses(STORED, statuses) }
  const list = await sealAny(STATUS_LIST, token, OPERATOR)
  const beacon: Beacon = {
    aco: ACO,
    number,
    at,
    nextUpdate: at + 73 * HOUR_MS,
    listHash: sha256(list),
    revoked: statuses.flatMap((status, i) => (status === 'invalid' ? [i] : [])),
    statements: number - 1,
    checkpoint: { size: log.length, root: treeRoot(portableCrypto, log) },
    signer: idOf(OPERATOR),
  }
  return { beacon: await sealAny(BEACON, beacon, OPERATOR), list }
}
