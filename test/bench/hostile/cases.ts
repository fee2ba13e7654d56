import { randomBytes } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { zstdCompressSync } from 'node:zlib'
import { encodeBatch, MAX_FRAME_BYTES, MAX_PACK_BYTES, type SyncMessage } from '@intelmesh/protocol'
import type { Attacker, AttackerSession } from '../../support/attacker.ts'
import {
  honestly,
  inventedSet,
  showing,
  treeBomb,
  withGroundCells,
  withJunkCells,
} from '../../support/false-sets.ts'
import { type Author, type BatchDraft, batchOf, type Forged, leafOf, stixOf } from '../../support/forge.ts'
import { helloOf } from '../../support/session.ts'
import { EMPTY_SET } from '../../protocol/trees.ts'

/** What one member gone bad does to a node, made ready beforehand. */
export interface Assault {
  /** Serves the sessions that the victim opens. */
  readonly serve?: (session: AttackerSession) => Promise<void>
  readonly attack?: (attacker: Attacker) => Promise<void>
}

/** One way to be a hostile peer. */
export interface Case {
  /** In a few words. */
  readonly part: string
  /** What the victim writes down of it: where it does not, nothing was attacked. */
  readonly code?: string
  /** Where the count is smaller, the victim takes all of it, and writes nothing down. */
  readonly least?: number
  /** It is in order, and most of it is stored: another member did the same before, so that caches are full. */
  readonly isStored?: boolean
  /** @param count how much of it: ids of a false set, and in proportion everything else */
  readonly prepare: (author: Author, count: number) => Promise<Assault>
}

/** What is bad however much of it there is costs its sender: the sixth such thing would end the connection. */
const BREACHES = 4
/** More than are told in full rather than by cells. */
const FEW_IDS = 300
const DAY_MS = 86_400_000

export const CASES: readonly Case[] = [
  {
    part: 'CBOR bombs',
    code: 'CBOR_LIMIT',
    prepare: async () => ({
      attack: async (attacker) => {
        const bombs = [0x81, 0xa1, 0x01].map((byte) => new Uint8Array(MAX_FRAME_BYTES).fill(byte))
        bombs[2]?.set([0x9a, 0x00, 0x13, 0xff, 0xf0])
        for (const bomb of bombs) await inSession(attacker, (session) => session.sendRaw(bomb))
      },
    }),
  },
  {
    part: 'zstd bombs',
    code: 'FRAME_TOO_LARGE',
    prepare: async () => {
      const frame = zstdCompressSync(new Uint8Array(MAX_PACK_BYTES))
      const bomb = zstdCompressSync(new Uint8Array(64 * MAX_FRAME_BYTES))
      const set = honestly(await inventedSet(FEW_IDS))
      return {
        serve: showing(() => set, { type: 'pack', frame }),
        attack: async (attacker) => {
          const prefix = Buffer.alloc(4)
          prefix.writeUInt32BE(bomb.length)
          for (let i = 0; i < BREACHES - 2; i++)
            await inSession(attacker, (session) => session.write(Buffer.concat([prefix, bomb])))
        },
      }
    },
  },
  { part: 'a tree bomb', code: 'SYNC_CLAIMED', prepare: async () => ({ serve: showing(treeBomb) }) },
  {
    part: 'a bomb of cells',
    code: 'SYNC_CLAIMED',
    prepare: async (_author, count) => {
      const set = await inventedSet(count)
      return { serve: showing(() => honestly(set)) }
    },
  },
  {
    part: 'cells of noise',
    code: 'SYNC_CELLS_MISMATCH',
    prepare: async (_author, count) => {
      const set = await inventedSet(count)
      return { serve: showing(() => withJunkCells(set)) }
    },
  },
  {
    part: 'ground cells',
    code: 'SYNC_CELLS_MISMATCH',
    prepare: async (_author, count) => {
      const set = await inventedSet(count)
      return { serve: showing(() => withGroundCells(set)) }
    },
  },
  {
    part: 'withholding',
    prepare: async () => {
      const set = honestly(await inventedSet(FEW_IDS))
      return {
        // Nothing, and no end either.
        serve: showing(() => set, 'silence'),
        attack: () => delay(LASTING_MS),
      }
    },
  },
  {
    part: 'claiming',
    code: 'SYNC_TREE_MISMATCH',
    prepare: async () => {
      const root = { count: 2 ** 40, digest: randomBytes(32) }
      return { serve: showing(() => ({ ...honestly(EMPTY_SET), root })) }
    },
  },
  {
    part: 'a thousand sessions',
    prepare: async () => ({
      attack: async (attacker) => {
        for (let i = 0; i < 3; i++) {
          const opened = await Promise.allSettled(Array.from({ length: 1000 }, () => attacker.openSession()))
          const sessions = opened.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []))
          const answers = await Promise.all(sessions.map(greet))
          if (answers.every((answer) => answer === undefined)) throw new Error('no session was served')
          for (const session of sessions) void session[Symbol.asyncDispose]()
        }
      },
    }),
  },
  {
    part: 'a byte a second',
    prepare: async () => ({
      attack: async (attacker) => {
        const sessions = await Promise.all(Array.from({ length: 4 }, () => attacker.openSession()))
        for (let i = 0; i < LASTING_MS / 1000; i++) {
          await Promise.all(sessions.map((session) => session.write(Uint8Array.of(0))))
          await delay(1000)
        }
        if (!attacker.isConnected) throw new Error('the victim closed the connection')
      },
    }),
  },
  {
    part: 'ten times its quota',
    code: 'QUOTA',
    least: 170_000,
    isStored: true,
    prepare: async (author, count) => {
      const batches = await some(count / 1400 + 4, () => batchLike(author))
      return { attack: (attacker) => gossipAll(attacker, batches) }
    },
  },
  {
    part: 'forged copies first',
    code: 'COSE_SIGNATURE_INVALID',
    prepare: async (author) => {
      const batches = await some(BREACHES, () => batchLike(author))
      return {
        attack: async (attacker) => {
          for (const { header, leaves, bytes } of batches) {
            const forged = Uint8Array.from(header, (byte, at) => (at === header.length - 1 ? byte ^ 1 : byte))
            await attacker.gossip('green', encodeBatch(forged, leaves))
            await attacker.gossip('green', bytes)
          }
        },
      }
    },
  },
  {
    part: 'replay',
    prepare: async (author, count) => {
      const { bytes } = await batchLike(author)
      const items = [{ form: 'batch', bytes }] as const
      return {
        attack: async (attacker) => {
          await using session = await attacker.openSession()
          await greet(session)
          for (let i = 0; i < count / 3200; i++) {
            await session.send({ type: 'items', more: false, items })
            if ((await session.receive())?.type !== 'taken') throw new Error('the session ended')
          }
        },
      }
    },
  },
  {
    part: 'a reading far ahead',
    code: 'RECORD_FROM_FUTURE',
    prepare: async (author, count) => {
      const to = Date.now() + DAY_MS
      const batches = await some(count / 16_000 + 1, () => batchLike(author, { from: to, to }))
      return { attack: (attacker) => gossipAll(attacker, batches) }
    },
  },
  {
    part: "an author's forks",
    code: 'CHAIN_FORK',
    prepare: async (author, count) => {
      const header = { chain: randomBytes(16), seq: 0 }
      const batches = await some(count / 600 + 2, () => batchOf(author, { header }))
      return { attack: (attacker) => gossipAll(attacker, batches) }
    },
  },
]

/** How long it goes on with what does not end by itself. */
const LASTING_MS = 4_000

async function some<T>(count: number, make: () => Promise<T>): Promise<readonly T[]> {
  const made: T[] = []
  for (let i = 0; i < count; i++) made.push(await make())
  return made
}

/** A batch of close to a megabyte: of a few records that are as large as may be, or of as many as may be, by turns. */
function batchLike(author: Author, draft: BatchDraft = {}): Promise<Forged> {
  const [count, length] = isOfFew() ? [4, 110_000] : [900, 250]
  const leaves = Array.from({ length: count }, () =>
    leafOf(author, {
      ...(draft.to !== undefined && { at: draft.to }),
      body: { kind: 'stix', stix: stixOf({ description: randomBytes(length).toString('hex') }) },
    }),
  )
  return batchOf(author, { ...draft, leaves })
}

let made = 0
function isOfFew(): boolean {
  return made++ % 2 === 0
}

/** As fast as the victim reads, until it reads no more for a while. */
async function gossipAll(attacker: Attacker, batches: readonly Forged[]): Promise<void> {
  for (const { bytes } of batches) {
    const until = Date.now() + PATIENCE_MS
    while (attacker.waiting > MAX_WAITING && Date.now() < until) await delay(5)
    if (attacker.waiting > MAX_WAITING) return
    await attacker.gossip('green', bytes)
  }
}

const PATIENCE_MS = 2_000
/** Bytes: less than gossipsub drops messages for. */
const MAX_WAITING: number = 4 * 1024 * 1024

/** Says hello, and gives the answer, or nothing where the session was reset. */
async function greet(session: AttackerSession): Promise<SyncMessage | undefined> {
  await session.send({ type: 'hello', hello: helloOf('green', EMPTY_SET) }).catch(() => undefined)
  return session.receive().catch(() => undefined)
}

/** Opens a session, does something bad in it, and waits until the victim has ended it. */
async function inSession(
  attacker: Attacker,
  work: (session: AttackerSession) => Promise<void>,
): Promise<void> {
  await using session = await attacker.openSession()
  await greet(session)
  await work(session).catch(() => undefined)
  await session.receive().catch(() => undefined)
}
