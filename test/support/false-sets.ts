import { randomBytes } from 'node:crypto'
import {
  CELL_WORDS,
  checksumsOf,
  createCells,
  encodeCellRun,
  macKeyOf,
  type Summary,
  type SyncAnswer,
  type SyncMessage,
  type SyncQuestion,
} from '@intelmesh/protocol'
import { answererOf } from '../protocol/comparison.ts'
import { bombTree } from '../protocol/tree-bomb.ts'
import { change, EMPTY_SET, type MemorySet } from '../protocol/trees.ts'
import { type AttackerSession, decline } from './attacker.ts'
import { helloOf } from './session.ts'

/** What a peer shows of a set that it leads others to compare with theirs. */
export interface ShownSet {
  /** What its hello promises. */
  readonly root: Summary
  answer(question: SyncQuestion): Promise<SyncAnswer>
}

/** A set of ids in the hour that it is now of which no record exists. */
export function inventedSet(count: number): Promise<MemorySet> {
  return setOf(Array.from({ length: count }, () => randomBytes(32)))
}

/** A set of ids, 32 bytes each, in the hour that it is now. */
export function setOf(ids: readonly Uint8Array[]): Promise<MemorySet> {
  return change(
    EMPTY_SET,
    ids.map((id) => ({ hour: hourNow(), id })),
  )
}

/** The set as it is. */
export function honestly(set: MemorySet): ShownSet {
  const answerer = answererOf(set, randomBytes(16))
  return { root: set.root, answer: (question) => answerer.answer(question) }
}

/** The set's tree, and cells of noise with counts as they should be: they never tell anything, and always seem to be about to. */
export function withJunkCells(set: MemorySet): ShownSet {
  return withCells(set, (from, to) => junkCells(to - from))
}

function junkCells(count: number): Uint8Array {
  const cells = randomBytes(count * CELL_BYTES)
  for (let at = CELL_BYTES - 1; at < cells.length; at += CELL_BYTES) cells[at] = 0
  return cells
}

/** Of a cell with as many ids as are to be expected. */
const CELL_BYTES = 17

/**
 * The set's tree, and cells that each hold one id of their own, which its checksum confirms: whoever takes them apart finds as many ids as there are
 * cells, and each of them spoils a score of others.
 */
export function withGroundCells(set: MemorySet): ShownSet {
  const macKey = macKeyOf(KEY)
  return withCells(set, (from, to) => {
    const { words } = createCells(to - from)
    const cells = { size: to, words: new Int32Array(to * CELL_WORDS) }
    const bytes = randomBytes((to - from) * 8)
    const shortIds = Int32Array.from({ length: 2 * (to - from) }, (_, i) => bytes.readInt32LE(4 * i))
    const checksums = checksumsOf(macKey, shortIds)
    for (let i = 0; i < to - from; i++)
      words.set(
        [...shortIds.subarray(2 * i, 2 * i + 2), ...checksums.subarray(2 * i, 2 * i + 2), 1],
        i * CELL_WORDS,
      )
    cells.words.set(words, from * CELL_WORDS)
    // The first cell tells how many ids there are: as many as the tree promises.
    if (from === 0) cells.words[CELL_WORDS - 1] = set.root.count
    return encodeCellRun(cells, from, to, set.root.count)
  })
}

const KEY: Uint8Array = randomBytes(16)

function withCells(set: MemorySet, cellsOf: (from: number, to: number) => Uint8Array): ShownSet {
  const honest = honestly(set)
  let given = 0
  return {
    root: set.root,
    async answer(question) {
      if (question.type === 'ask') return honest.answer(question)
      if (question.paths.length > 0) given = 0
      const from = given
      given += question.count
      return { type: 'run', key: KEY, ids: set.root.count, cells: cellsOf(from, given) }
    },
  }
}

/** A tree of quadrillions of ids in the hour that it is now, and cells of noise. */
export function treeBomb(): ShownSet {
  const tree = bombTree(hourNow())
  return {
    root: tree.root,
    answer: async (question) =>
      question.type === 'ask'
        ? { type: 'nodes', nodes: question.paths.map((path) => tree.read(path)) }
        : { type: 'run', key: KEY, ids: MAX_IDS, cells: junkCells(question.count) },
  }
}

/** A table is over no more. */
const MAX_IDS: number = 2 ** 31 - 1

/** Shows a set for as long as it is asked. Gives the first message that is no question about it. */
export async function show(session: AttackerSession, shown: ShownSet): Promise<SyncMessage | undefined> {
  await session.send({ type: 'hello', hello: helloOf('green', shown) })
  for (;;) {
    const message = await session.receive()
    if (message?.type !== 'ask' && message?.type !== 'cells') return message
    await session.send(await shown.answer(message))
  }
}

/** Serves sessions over `green` that the victim opens: shows a set, and gives the same whenever it is asked for some of it; or nothing, and waits. */
export function showing(
  shown: () => ShownSet | Promise<ShownSet>,
  given: SyncMessage | 'silence' = { type: 'items', more: false, items: [] },
): (session: AttackerSession) => Promise<void> {
  return async (session) => {
    const first = await session.receive()
    if (first?.type !== 'hello') return
    if (first.hello.set !== 'green') return decline(session)
    let request = await show(session, await shown())
    for (; request !== undefined; request = await session.receive()) {
      if (request.type === 'items') await session.send({ type: 'taken' })
      else if (given !== 'silence') await session.send(given)
    }
  }
}

function hourNow(): number {
  return Math.floor(Date.now() / 3_600_000)
}
