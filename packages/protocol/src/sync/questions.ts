import type { Hasher } from '../crypto/index.ts'
import type { JoinedIds } from './joined-ids.ts'
import { SyncError } from './sync-error.ts'
import type { ReadNode, Summary, TreeNode } from './tree.ts'

/** What the side that leads a comparison asks. */
export type SyncQuestion =
  | { readonly type: 'ask'; readonly paths: readonly string[] }
  /** For so many cells more; with paths, for the first cells over everything below these. */
  | { readonly type: 'cells'; readonly count: number; readonly paths: readonly string[] }

/** What the other side answers. */
export type SyncAnswer =
  /** Nodes at the first of the paths, one at least. */
  | { readonly type: 'nodes'; readonly nodes: readonly (TreeNode | undefined)[] }
  /** Cells under a key, over so many ids. */
  | { readonly type: 'run'; readonly key: Uint8Array; readonly ids: number; readonly cells: Uint8Array }

/** A part of a comparison: yields questions, takes their answers, and returns what it found. Whoever drives it carries both. */
export type Asking<T> = AsyncGenerator<SyncQuestion, T, SyncAnswer>

/** What the ids of a set are read from. */
export interface IdSource {
  readonly read: ReadNode
  /** As `leavesBelow` gives them, newest hours first, at paths down to the hours: for a source that is quicker at it than node by node. */
  readonly leaves?: (path: string) => AsyncIterable<JoinedIds>
  /** Resolves once whatever else waits in this process had its turn: no work may hold it up for long. */
  readonly breathe: () => Promise<void>
}

/** The side that leads, and what it works with. */
export interface ComparedSide extends IdSource {
  readonly hasher: Hasher
  readonly root: Summary
}

/** @throws SyncError SYNC_MALFORMED unless the answer has 1 to `most` nodes */
export function expectNodes(answer: SyncAnswer, most: number): readonly (TreeNode | undefined)[] {
  if (answer.type === 'nodes' && answer.nodes.length >= 1 && answer.nodes.length <= most) return answer.nodes
  throw new SyncError('SYNC_MALFORMED', 'expected the nodes at the first paths, one at least')
}

/** @throws SyncError SYNC_MALFORMED unless the answer is a run of cells */
export function expectRun(answer: SyncAnswer): Extract<SyncAnswer, { type: 'run' }> {
  if (answer.type === 'run') return answer
  throw new SyncError('SYNC_MALFORMED', 'expected a run of cells')
}
