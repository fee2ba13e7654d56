import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { HeaderRow, Store } from './interface.ts'
import { createStore, openStore } from './open-store.ts'
import { hashOf, sampleHeader, START } from './testing/sample-rows.ts'

const sync = { sync: true } as const

let folder: string
let store: Store

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'intelmesh-headers-'))
  const path = join(folder, 'store')
  await createStore({ path, id: 'ab'.repeat(16), createdAt: START })
  store = await openStore({ path })
})

afterEach(async () => {
  await store[Symbol.asyncDispose]()
  await rm(folder, { recursive: true, force: true })
})

describe('headers of an author', () => {
  it('are listed up to so many of each place', async () => {
    const of = { author: hashOf('author 0'), chain: hashOf('forked').slice(0, 32) }
    const forksAt = (seq: number, count: number): HeaderRow[] =>
      Array.from({ length: count }, (_, i) => sampleHeader(`fork ${seq} ${i}`, { ...of, seq }))
    await store.commit(
      {
        headers: [
          [3, 1],
          [4, 30],
          [5, 2],
          [7, 30],
        ].flatMap(([seq = 0, count = 0]) => forksAt(seq, count)),
      },
      sync,
    )
    const places = async (from: number, to: number): Promise<number[]> =>
      (await store.headersOfAuthor(of, from, to, 3)).map(({ seq }) => seq)
    expect(await places(0, 9)).toEqual([3, 4, 4, 4, 5, 5, 7, 7, 7])
    expect(await places(4, 4)).toEqual([4, 4, 4])
    expect(await places(5, 6)).toEqual([5, 5])
    expect(await store.endOfChain(of, 3)).toHaveLength(3)
  })
})
