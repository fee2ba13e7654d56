import {
  CELL_WORDS,
  type Cells,
  cellsOf,
  compareSets,
  type ComparedSide,
  decodeSyncMessage,
  encodeCellRun,
  encodeSyncMessage,
  idsOfShortIds,
  idsBelow,
  joinIds,
  type JoinedIds,
  type MacKey,
  macKeyOf,
  nodesThatFit,
  portableCrypto,
  type SetDifference,
  splitIds,
  type SyncAnswer,
  type SyncQuestion,
  toHex,
} from '@intelmesh/protocol'
import type { MemorySet } from './trees.ts'

/** The side of a comparison that answers, in memory. */
export interface Answerer {
  answer(question: SyncQuestion): Promise<SyncAnswer>
  /** Ids of its own by their short ids. */
  idsOf(shortIds: Int32Array): Promise<readonly JoinedIds[]>
}

/** A set as the side that leads compares it. */
export function sideOf(set: MemorySet): ComparedSide {
  return { hasher: portableCrypto, root: set.root, read: set.read, breathe: async () => undefined }
}

/** Answers from a set, with cells under a key of 16 bytes. */
export function answererOf(set: MemorySet, keyBytes: Uint8Array): Answerer {
  const key: MacKey = macKeyOf(keyBytes)
  const side = sideOf(set)
  let paths: readonly string[] = []
  let given = 0
  return {
    async answer(question) {
      if (question.type === 'ask')
        return { type: 'nodes', nodes: nodesThatFit(question.paths.map((path) => set.nodes.get(path))) }
      if (question.paths.length > 0) [paths, given] = [question.paths, 0]
      const cells: Cells = await cellsOf(side, paths, key, given + question.count)
      const ids = cells.words[CELL_WORDS - 1] as number
      given += question.count
      return {
        type: 'run',
        key: keyBytes,
        ids,
        cells: encodeCellRun(cells, given - question.count, given, ids),
      }
    },
    idsOf: (shortIds) => idsOfShortIds(side, paths, key, shortIds),
  }
}

/** A comparison that was carried to its end. */
export interface Comparison {
  readonly difference: SetDifference
  /** Every message, as it was encoded: the first by the side that leads, then by turns. */
  readonly messages: readonly Uint8Array[]
}

/** Compares two sets over encoded messages. */
export async function comparison(
  own: MemorySet,
  theirs: Pick<MemorySet, 'root'>,
  answerer: Answerer,
): Promise<Comparison> {
  const messages: Uint8Array[] = []
  const over = <T>(message: T): T => {
    const bytes = encodeSyncMessage(message as never)
    messages.push(bytes)
    return decodeSyncMessage(bytes) as T
  }
  const comparing = compareSets(sideOf(own), theirs.root)
  let step = await comparing.next()
  while (step.done !== true) step = await comparing.next(over(await answerer.answer(over(step.value))))
  return { difference: step.value, messages }
}

/** Every id that a comparison found on either side, in hexadecimal, ascending. */
export async function foundBy(
  { fetch, give, need, have, pick }: SetDifference,
  own: MemorySet,
  theirs: MemorySet,
  answerer: Answerer,
): Promise<{ readonly need: readonly string[]; readonly have: readonly string[] }> {
  const below = async (set: MemorySet, paths: readonly { path: string }[]): Promise<readonly JoinedIds[]> =>
    Promise.all(paths.map(({ path }) => idsBelow(set.read, path)))
  const hexOf = (runs: readonly JoinedIds[]): readonly string[] =>
    splitIds(joinIds(runs)).map(toHex).toSorted()
  return {
    need: hexOf([...need, ...(await below(theirs, fetch)), ...(await answerer.idsOf(pick))]),
    have: hexOf([...have, ...(await below(own, give))]),
  }
}
