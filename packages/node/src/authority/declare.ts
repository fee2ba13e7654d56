import { type ChainHead, fromHex, MAX_HEADS, type Statement } from '@intelmesh/protocol'
import type { Hex } from '../store/index.ts'
import type { AuthorityStore } from './register.ts'
import type { Transaction } from './transaction.ts'

/** Key ids in one statement. */
const MAX_KEYS = 256

/** What a statement is to say, but for its heads. */
export type Declaration = Pick<Statement, 'action' | 'reason' | 'until'> & {
  readonly nodes: readonly Hex[]
  /** Whether it closes the chains of these keys, at the headers that arrived by `since` (ms since the Unix epoch; default: now). */
  readonly closes: boolean
  readonly since?: number
}

/**
 * Declares it in as many statements as its keys and heads need; heads of several statements add up.
 *
 * @returns the number of the last statement, and how many chains were closed
 */
export async function declare(
  store: AuthorityStore,
  step: Transaction,
  { nodes, closes, since, ...said }: Declaration,
): Promise<{ readonly statement: number; readonly closedChains: number }> {
  let statement = 0
  let closedChains = 0
  for (const keys of inParts(nodes, MAX_KEYS)) {
    const heads = closes ? await headsOf(store, keys, since) : []
    for (const part of inParts(heads, MAX_HEADS)) {
      statement = await step.declare({ ...said, keys: keys.map(fromHex), heads: part })
    }
    closedChains += heads.length
  }
  return { statement, closedChains }
}

async function headsOf(
  store: AuthorityStore,
  nodes: readonly Hex[],
  since?: number,
): Promise<readonly ChainHead[]> {
  const heads: ChainHead[] = []
  for (const node of nodes) {
    for (const { chain, seq, hash } of await store.chainHeads(node, since)) {
      heads.push({ chain: fromHex(chain), seq, hash: fromHex(hash) })
    }
  }
  return heads
}

/** At least one part: a statement without heads says that no chain of the key has a good header. */
function inParts<T>(items: readonly T[], size: number): readonly (readonly T[])[] {
  const count = Math.max(1, Math.ceil(items.length / size))
  return Array.from({ length: count }, (_, i) => items.slice(i * size, (i + 1) * size))
}
