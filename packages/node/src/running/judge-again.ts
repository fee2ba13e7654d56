import { type Admission, reconsider } from '../admission/index.ts'
import { nativeCrypto } from '../crypto/index.ts'
import type { Logger } from '../observe/index.ts'
import { type Hex, type Store, StoreError } from '../store/index.ts'
import type { Trust } from '../trust/index.ts'

/**
 * Judges the records of keys again, one key after the other, as the ACO says new things about them: until it has been done. It begins
 * with all keys that are known, since a process that ended may have left some undone.
 */
export interface Judging extends AsyncDisposable {
  /** Keys that wait, or are being judged: those with which the disk failed, or the clock is behind, are tried again after a while. */
  readonly waiting: number
  add(nodes: readonly Hex[]): void
  /** Resolves when all that waits has been tried. */
  settled(): Promise<void>
}

/** As often as whatever else did not work. */
const RETRY_MS = 60_000

export function judgeAgain(components: {
  readonly store: Store
  readonly trust: Trust
  readonly admission: Admission
  readonly logger: Logger
}): Judging {
  const waiting = new Set<Hex>()
  let isJudging = false
  let work: Promise<void> = Promise.resolve()
  let isStopped = false
  let retrying: NodeJS.Timeout | undefined

  async function drain(): Promise<void> {
    const again: Hex[] = []
    for (const node of waiting) {
      waiting.delete(node)
      if (isStopped) return
      isJudging = true
      try {
        const { shelved, returned, early } = await reconsider({ ...components, hasher: nativeCrypto }, node)
        // Nobody says anything of the key when a clock that was set back has come there.
        if (early > 0) again.push(node)
        if (shelved + returned > 0)
          components.logger.info('records judged again', { node, shelved, returned })
      } catch (error) {
        components.logger.error('records could not be judged again', { node, error })
        again.push(node)
        // What strikes one would strike all.
        if (error instanceof StoreError) break
      } finally {
        isJudging = false
      }
    }
    for (const node of again) waiting.add(node)
    if (again.length > 0 && !isStopped) retrying ??= setTimeout(retry, RETRY_MS).unref()
  }

  function retry(): void {
    retrying = undefined
    work = work.then(drain)
  }

  function add(nodes: readonly Hex[]): void {
    for (const node of nodes) waiting.add(node)
    work = work.then(drain)
  }

  add([...components.trust.roster.all()].map(({ keyId }) => keyId))
  return {
    get waiting() {
      return waiting.size + Number(isJudging)
    },
    add,
    settled: () => work,
    async [Symbol.asyncDispose]() {
      isStopped = true
      clearTimeout(retrying)
      await work
    },
  }
}
