import {
  type Checkpoint,
  type Crypto,
  compareBytes,
  appendLeaf,
  buildTree,
  emptyFrontier,
  type Frontier,
  frontierRoot,
  inclusionPath,
  leafHash,
  type LogProof,
  toHex,
  treeRoot,
} from '@intelmesh/protocol'
import type { Store } from '../store/index.ts'

export type LogState = 'consistent' | 'behind' | 'inconsistent'

/**
 * This node's own copy of the leaf hashes of its ACO's log. Growing it by what a checkpoint promises, and nothing else, is the
 * check that the log is append-only; holding all hashes lets every member prove inclusion itself.
 */
export interface LogCopy {
  readonly size: number
  readonly root: Uint8Array
  /** Compares the newest checkpoint with what is held. */
  stateAgainst(checkpoint: Checkpoint): LogState
  /** Whether a checkpoint of a size that is held has another root. */
  contradicts(checkpoint: Checkpoint): Promise<boolean>
  /** Whether `hashes`, put after what is held, lead to the checkpoint. */
  extends(hashes: readonly Uint8Array[], checkpoint: Checkpoint): boolean
  /** Takes over what the store has beyond it, whoever wrote that, and says whether there was anything. */
  follow(): Promise<boolean>
  /** Takes note that the ACO has signed something that contradicts what is held. */
  markInconsistent(): void
  /** Whether an entry (a certificate's or statement's bytes) is in the log. */
  has(entry: Uint8Array): Promise<boolean>
  /** Inclusion of an entry under a checkpoint of at most the size held; `undefined` when it is not there. */
  prove(entry: Uint8Array, checkpoint: Checkpoint): Promise<LogProof | undefined>
}

/** Hashes read from the store at a time. */
const CHUNK = 4096

export async function openLogCopy(crypto: Crypto, store: Store): Promise<LogCopy> {
  let frontier: Frontier = emptyFrontier()
  // Asked for with every message that goes to a peer.
  let ownRoot = frontierRoot(crypto, frontier)
  let isInconsistent = false
  await follow()

  async function follow(): Promise<boolean> {
    let grown = frontier
    for (let from = grown.size; from < store.logSize; from = grown.size)
      grown = grow(grown, await store.logHashes(from, Math.min(from + CHUNK, store.logSize)))
    const hasGrown = grown.size > frontier.size
    frontier = grown
    if (hasGrown) ownRoot = frontierRoot(crypto, frontier)
    return hasGrown
  }

  function grow(start: Frontier, hashes: readonly Uint8Array[]): Frontier {
    return hashes.reduce((grown, hash) => appendLeaf(crypto, grown, hash), start)
  }

  return {
    get size() {
      return frontier.size
    },
    get root() {
      return ownRoot
    },
    stateAgainst(checkpoint) {
      if (isInconsistent) return 'inconsistent'
      if (checkpoint.size > frontier.size) return 'behind'
      // Whether a smaller one fits is found out once, when it comes: see `contradicts`.
      if (checkpoint.size < frontier.size) return 'consistent'
      return compareBytes(ownRoot, checkpoint.root) === 0 ? 'consistent' : 'inconsistent'
    },
    async contradicts({ size, root }) {
      if (size > frontier.size) return false
      const held = size === frontier.size ? ownRoot : treeRoot(crypto, await store.logHashes(0, size))
      return compareBytes(held, root) !== 0
    },
    extends(hashes, checkpoint) {
      const grown = grow(frontier, hashes)
      return (
        grown.size === checkpoint.size && compareBytes(frontierRoot(crypto, grown), checkpoint.root) === 0
      )
    },
    follow,
    markInconsistent() {
      isInconsistent = true
    },
    async has(entry) {
      return (await store.logIndexOf(leafHash(crypto, entry))) !== undefined
    },
    async prove(entry, checkpoint) {
      const index = await store.logIndexOf(leafHash(crypto, entry))
      if (index === undefined || index >= checkpoint.size || checkpoint.size > store.logSize) return undefined
      const hashes = await store.logHashes(0, checkpoint.size)
      if (toHex(treeRoot(crypto, hashes)) !== toHex(checkpoint.root)) return undefined
      return { size: checkpoint.size, index, path: inclusionPath(buildTree(crypto, hashes), index) }
    },
  }
}
