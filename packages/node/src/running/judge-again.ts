import { type Admission, reconsider } from '../admission/index.ts'
import { nativeCrypto } from '../crypto/index.ts'
import type { Logger } from '../observe/index.ts'
import type { Hex, Store } from '../store/index.ts'
import type { Trust } from '../trust/index.ts'

/** Judges the records of keys again, one key after the other, as the ACO says new things about them. */
export interface Judging extends AsyncDisposable {
  add(nodes: readonly Hex[]): void
  /** Resolves when nothing waits any more. */
  settled(): Promise<void>
}

export function judgeAgain(components: {
  readonly store: Store
  readonly trust: Trust
  readonly admission: Admission
  readonly logger: Logger
}): Judging {
  const waiting = new Set<Hex>()
  let work: Promise<void> = Promise.resolve()
  let isStopped = false

  async function drain(): Promise<void> {
    for (const node of waiting) {
      waiting.delete(node)
      if (isStopped) return
      try {
        const { shelved, returned } = await reconsider({ ...components, hasher: nativeCrypto }, node)
        if (shelved + returned > 0)
          components.logger.info('records judged again', { node, shelved, returned })
      } catch (error) {
        components.logger.error('records could not be judged again', { node, error })
      }
    }
  }

  return {
    add(nodes) {
      for (const node of nodes) waiting.add(node)
      work = work.then(drain)
    },
    settled: () => work,
    async [Symbol.asyncDispose]() {
      isStopped = true
      await work
    },
  }
}
