import { type Admission, reconsider, type ReconsiderOptions } from '../admission/index.ts'
import { nativeCrypto } from '../crypto/index.ts'
import type { Logger } from '../observe/index.ts'
import { type Hex, type Store, StoreError } from '../store/index.ts'
import type { Trust } from '../trust/index.ts'

/**
 * Judges the records of keys again, one key after the other, as the ACO says new things about them and as what links them to the heads of
 * closed chains comes: until it has been done. It begins with all keys that are known, since a process that ended may have left some undone.
 */
export interface Judging extends AsyncDisposable {
  /** Keys that wait, or are being judged: those with which the disk failed, the clock is behind, or that took long, are tried again after a while. */
  readonly waiting: number
  /** Judges keys of which something else holds now than before, though nobody has said so. */
  add(nodes: Iterable<Hex>): void
  /** Resolves when all that waits has been tried, but for what is to wait for a while. */
  settled(): Promise<void>
}

/** As often as whatever else did not work. */
const RETRY_MS = 60_000
/**
 * A key that took so many steps rests until the timer has run out, and once more for each so many: whoever has the gaps in its chains filled
 * one by one would have this node do little else.
 */
const LONG = 100
const STEPS_A_TURN = 10_000

export function judgeAgain(components: {
  readonly store: Store
  readonly trust: Trust
  readonly admission: Admission
  readonly logger: Logger
}): Judging {
  /** Keys of which the ACO has said something: what is closed must not stay open while others are looked at. */
  const said = new Set<Hex>()
  /** Keys of whose closed chains more may be linked now; and all others that are to be looked at from the beginning. */
  const linked = new Set<Hex>()
  /** Keys that wait for the timer, to be looked at like those that are linked. */
  const later = new Set<Hex>()
  /** Turns of the timer for which keys rest yet. */
  const resting = new Map<Hex, number>()
  const judging = new Set<Hex>()
  let work: Promise<void> = Promise.resolve()
  let isQueued = false
  let isStopped = false
  let timer: NodeJS.Timeout | undefined
  const stopListening = components.admission.onLinked((node) => {
    if (resting.has(node)) later.add(node)
    else add([node], linked)
  })
  components.trust.onChange(({ nodes }) => add(nodes, said))
  add(
    [...components.trust.roster.all()].map(({ keyId }) => keyId),
    linked,
  )

  function add(nodes: Iterable<Hex>, queue: Set<Hex>): void {
    for (const node of nodes) queue.add(node)
    if (isQueued || isStopped) return
    isQueued = true
    work = work.then(drain)
  }

  async function drain(): Promise<void> {
    isQueued = false
    await judgeSaid()
    for (const node of linked) {
      if (isStopped) return
      let steps = 0
      const mayGoOn = async (): Promise<boolean> => {
        steps++
        await judgeSaid()
        return !isStopped
      }
      for (const queue of [linked, later]) queue.delete(node)
      await judge(node, { mayGoOn })
      if (steps >= LONG) rest(node, steps)
      await judgeSaid()
    }
  }

  function rest(node: Hex, steps: number): void {
    resting.set(node, 1 + Math.floor(steps / STEPS_A_TURN))
    if (linked.delete(node)) later.add(node)
    wait()
  }

  async function judgeSaid(): Promise<void> {
    for (const node of said) {
      if (isStopped) return
      if (judging.has(node)) continue
      said.delete(node)
      await judge(node, { mayBeLinked: false, mayGoOn: async () => !isStopped })
    }
  }

  async function judge(node: Hex, options: ReconsiderOptions): Promise<void> {
    judging.add(node)
    try {
      const { shelved, returned, early } = await reconsider(
        { ...components, hasher: nativeCrypto },
        node,
        options,
      )
      // Nobody says anything of the key when a clock that was set back has come there.
      if (early > 0) later.add(node)
      if (shelved + returned > 0) components.logger.info('records judged again', { node, shelved, returned })
    } catch (error) {
      components.logger.error('records could not be judged again', { node, error })
      later.add(node)
      // What strikes one would strike all.
      if (error instanceof StoreError) postponeAll()
    } finally {
      judging.delete(node)
      wait()
    }
  }

  function postponeAll(): void {
    for (const queue of [said, linked]) {
      for (const node of queue) later.add(node)
      queue.clear()
    }
  }

  function wait(): void {
    if (later.size + resting.size > 0 && !isStopped) timer ??= setTimeout(again, RETRY_MS).unref()
  }

  function again(): void {
    timer = undefined
    for (const [node, turns] of resting) {
      if (turns > 1) resting.set(node, turns - 1)
      else resting.delete(node)
    }
    const due = [...later].filter((node) => !resting.has(node))
    for (const node of due) later.delete(node)
    add(due, linked)
    wait()
  }

  return {
    get waiting() {
      return new Set([...said, ...linked, ...later, ...judging]).size
    },
    add: (nodes) => add(nodes, said),
    settled: () => work,
    async [Symbol.asyncDispose]() {
      isStopped = true
      stopListening()
      clearTimeout(timer)
      await work
    },
  }
}
