import { describe, expect, it } from 'vitest'
import { createCommitQueue } from './commit-queue.ts'
import { StoreError } from './errors.ts'
import type { StoreChanges } from './interface.ts'

const named = (name: string, removed: readonly string[] = []): StoreChanges => ({
  meta: { [name]: new Uint8Array() },
  removed,
})
const nameOf = (changes: StoreChanges): string => Object.keys(changes.meta ?? {}).join('')

/** A queue over a disk that writes down the groups it is given, each as `a+b`, with `!` where it was to sync. */
function createRecorder(fault: (names: string) => Error | undefined = () => undefined) {
  const groups: string[] = []
  const queue = createCommitQueue(async (group, { sync }) => {
    const names = group.map(nameOf).join('+')
    groups.push(names + (sync ? '!' : ''))
    await Promise.resolve()
    const error = fault(names)
    if (error !== undefined) throw error
  })
  return { groups, queue }
}

describe(createCommitQueue, () => {
  it('writes what waits together as one group, and syncs it if anyone asked', async () => {
    const { groups, queue } = createRecorder()
    await Promise.all([
      queue.push(named('a'), { sync: false }),
      queue.push(named('b'), { sync: false }),
      queue.push(named('c'), { sync: true }),
    ])
    await queue.push(named('d'), { sync: false })
    expect(groups).toEqual(['a', 'b+c!', 'd'])
  })

  it('bounds a group, and lets one that is larger go alone', async () => {
    const { groups, queue } = createRecorder()
    const rows = Array.from({ length: 1_500 }, (_, i) => `${i}`)
    const large = Array.from({ length: 5_000 }, (_, i) => `${i}`)
    await Promise.all(
      [named('a'), named('b', rows), named('c', rows), named('d', large), named('e'), named('f')].map(
        (changes) => queue.push(changes, { sync: false }),
      ),
    )
    expect(groups).toEqual(['a', 'b', 'c', 'd', 'e+f'])
  })

  it('fails the whole group when the disk fails, and goes on', async () => {
    let isFull = true
    const { groups, queue } = createRecorder((names) =>
      isFull && names === 'b+c' ? new StoreError('STORE_FULL', 'full') : undefined,
    )
    const settled = await Promise.allSettled(
      ['a', 'b', 'c'].map((name) => queue.push(named(name), { sync: true })),
    )
    expect(settled.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected'])
    isFull = false
    await queue.push(named('d'), { sync: true })
    expect(groups).toEqual(['a!', 'b+c!', 'd!'])
  })

  it('fails only the change set that cannot be applied', async () => {
    const { groups, queue } = createRecorder((names) =>
      names.includes('c') ? new TypeError('bad row') : undefined,
    )
    const settled = await Promise.allSettled(
      ['a', 'b', 'c', 'd'].map((name) => queue.push(named(name), { sync: false })),
    )
    expect(settled.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled'])
    expect(groups).toEqual(['a', 'b+c+d', 'b', 'c', 'd'])
  })

  it('takes nothing after closing, and finishes what is in', async () => {
    const { groups, queue } = createRecorder()
    const pushed = ['a', 'b'].map((name) => queue.push(named(name), { sync: false }))
    await queue.close()
    expect(groups).toEqual(['a', 'b'])
    await Promise.all(pushed)
    await expect(queue.push(named('c'), { sync: false })).rejects.toMatchObject({ code: 'STORE_CLOSED' })
    await queue.close()
  })
})
