import { afterEach, describe, expect, it, vi } from 'vitest'
import { SILENT_LOGGER } from '../observe/index.ts'
import type { Core } from './core.ts'
import type { Mesh } from './mesh.ts'
import { startUpkeep } from './upkeep.ts'

const ENDS_AT = 10 * 60_000
const nothing = async (): Promise<void> => undefined

afterEach(() => {
  vi.useRealTimers()
})

describe(startUpkeep, () => {
  it('has all keys judged again once a suspension ends by itself, and no more often', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] })
    let now = 0
    const added: string[][] = []
    // Jobs that find less than they work with are logged for it.
    const core = {
      options: { logger: SILENT_LOGGER, config: { status: { beatSeconds: 60 } } },
      authority: undefined,
      sweeper: { sweepTo: nothing },
      retention: { sweep: nothing },
      clock: () => now,
      trust: {
        nextChange: () => (now < ENDS_AT ? ENDS_AT : undefined),
        roster: { all: () => [{ keyId: 'a' }, { keyId: 'b' }] },
      },
      judging: { add: (nodes: Iterable<string>) => void added.push([...nodes]) },
    } as unknown as Core
    await using _upkeep = await startUpkeep(core, { announceContact: nothing } as unknown as Mesh, {
      review: nothing,
    })
    const seen: number[] = []
    for (now of [ENDS_AT - 1, ENDS_AT, ENDS_AT + 1]) {
      await vi.advanceTimersByTimeAsync(60_000)
      seen.push(added.length)
    }
    expect(seen).toEqual([0, 1, 1])
    expect(added).toEqual([['a', 'b']])
  })
})
