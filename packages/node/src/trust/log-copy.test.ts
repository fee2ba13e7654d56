import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  assertLogged,
  type Checkpoint,
  leafHash,
  portableCrypto,
  toHex,
  treeRoot,
  utf8Bytes,
} from '@intelmesh/protocol'
import { afterEach, beforeEach, describe, expect, it, test } from 'vitest'
import { nativeCrypto } from '../crypto/index.ts'
import { createStore, openStore, type Store } from '../store/index.ts'
import { type LogCopy, openLogCopy } from './log-copy.ts'

const ENTRIES = Array.from({ length: 12 }, (_, i) => utf8Bytes(`entry ${i}`))
const HASHES = ENTRIES.map((entry) => leafHash(portableCrypto, entry))
const OTHER_HASHES = HASHES.map((hash, i) => (i === 2 ? (HASHES[3] as Uint8Array) : hash))

let folder: string
let store: Store
let log: LogCopy

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'log-copy-'))
  await createStore({ path: join(folder, 'store'), id: 'ab'.repeat(16), createdAt: 0 })
  store = await openStore({ path: join(folder, 'store') })
  log = await openLogCopy(nativeCrypto, store)
})

afterEach(async () => {
  await store[Symbol.asyncDispose]()
  await rm(folder, { recursive: true })
})

describe(openLogCopy, () => {
  it('begins with nothing, and with what the store holds', async () => {
    expect(log.size).toBe(0)
    expect(log.stateAgainst(checkpointOf(0))).toBe('consistent')
    await grownTo(7)
    const again = await openLogCopy(nativeCrypto, store)
    expect(again.size).toBe(7)
    expect(toHex(again.root)).toBe(toHex(checkpointOf(7).root))
  })

  it('is behind a larger checkpoint, and inconsistent with another root of its own size', async () => {
    await grownTo(5)
    expect(log.stateAgainst(checkpointOf(5))).toBe('consistent')
    expect(log.stateAgainst(checkpointOf(6))).toBe('behind')
    expect(log.stateAgainst(checkpointOf(5, OTHER_HASHES))).toBe('inconsistent')
  })

  it('stays inconsistent once it was', async () => {
    await grownTo(5)
    log.markInconsistent()
    expect(log.stateAgainst(checkpointOf(5))).toBe('inconsistent')
    expect(log.stateAgainst(checkpointOf(6))).toBe('inconsistent')
  })

  it('tells a smaller checkpoint that contradicts it from one that it holds', async () => {
    await grownTo(6)
    for (const size of [0, 1, 4, 6]) expect(await log.contradicts(checkpointOf(size))).toBe(false)
    expect(await log.contradicts(checkpointOf(4, OTHER_HASHES))).toBe(true)
    expect(await log.contradicts(checkpointOf(6, OTHER_HASHES))).toBe(true)
    expect(await log.contradicts(checkpointOf(7, OTHER_HASHES))).toBe(false)
  })

  test.each([
    ['all that the checkpoint promises', HASHES.slice(3, 8), 8, HASHES, true],
    ['one too few', HASHES.slice(3, 7), 8, HASHES, false],
    ['one too many', HASHES.slice(3, 9), 8, HASHES, false],
    ['in another order', HASHES.slice(3, 8).toReversed(), 8, HASHES, false],
    ['an entry that was not logged', [...HASHES.slice(3, 7), new Uint8Array(32)], 8, HASHES, false],
    ['a log that was rewritten below what is held', OTHER_HASHES.slice(3, 8), 8, OTHER_HASHES, false],
    ['nothing, for the size held', [], 3, HASHES, true],
  ])('extends by %s: %#', async (_, hashes, size, promised, expected) => {
    await grownTo(3)
    expect(log.extends(hashes, checkpointOf(size, promised))).toBe(expected)
    expect(log.size).toBe(3)
  })

  it('finds its entries, and proves each under every checkpoint that covers it', async () => {
    await grownTo(12)
    expect(await log.has(ENTRIES[11] as Uint8Array)).toBe(true)
    expect(await log.has(utf8Bytes('no entry'))).toBe(false)
    for (let size = 1; size <= 12; size++) {
      for (const [index, entry] of ENTRIES.entries()) {
        const proof = await log.prove(entry, checkpointOf(size))
        if (index >= size) expect(proof, `${index} of ${size}`).toBeUndefined()
        else assertLogged(portableCrypto, entry, proof as NonNullable<typeof proof>, checkpointOf(size))
      }
    }
  })

  it('proves nothing under a checkpoint that it does not hold', async () => {
    await grownTo(6)
    const entry = ENTRIES[0] as Uint8Array
    expect(await log.prove(entry, checkpointOf(7))).toBeUndefined()
    expect(await log.prove(entry, checkpointOf(6, OTHER_HASHES))).toBeUndefined()
    expect(await log.prove(utf8Bytes('no entry'), checkpointOf(6))).toBeUndefined()
  })
})

async function grownTo(size: number): Promise<void> {
  const hashes = HASHES.slice(log.size, size)
  await store.commit({ log: hashes }, { sync: false })
  await log.follow()
}

function checkpointOf(size: number, hashes: readonly Uint8Array[] = HASHES): Checkpoint {
  return { size, root: treeRoot(portableCrypto, hashes.slice(0, size)) }
}
