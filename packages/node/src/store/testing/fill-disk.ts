import assert from 'node:assert/strict'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { freeBytesAt } from '../room.ts'
import type { Store } from '../interface.ts'
import { createStore, openStore, openStoreOf, SCHEMA } from '../open-store.ts'
import { sampleRecord, START } from './sample-rows.ts'

/** Takes a store through a full disk. The argument is an empty folder on a file system of some 48 MiB. */
const [folder = ''] = process.argv.slice(2)
const path = join(folder, 'store')
const ballast = join(folder, 'ballast')
const MIB = 1024 * 1024
let next = 0
/** Numbers of the records that were acknowledged. */
const acknowledged: number[] = []

/** Bytes that LevelDB cannot compress. */
function noise(length: number): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(length))
}

/** Commits some 60 KB; gives the code of the refusal, or none. */
async function commit(store: Store): Promise<string | undefined> {
  const number = next++
  try {
    await store.commit({ records: [sampleRecord(number)], meta: { padding: noise(60_000) } }, { sync: true })
    acknowledged.push(number)
    return undefined
  } catch (error) {
    return (error as { code?: string }).code
  }
}

async function commitUntilRefused(store: Store): Promise<string> {
  for (;;) {
    const code = await commit(store)
    if (code !== undefined) return code
  }
}

/** Fills the disk until `left` bytes are free, or gives all of it back. */
async function leaveFree(left: number | 'all'): Promise<void> {
  await rm(ballast, { force: true })
  if (left === 'all') return
  const free = freeBytesAt(folder)
  await writeFile(ballast, new Uint8Array(Math.max(free - left, 0)))
}

async function assertNothingLost(store: Store): Promise<void> {
  for (const number of acknowledged)
    assert.ok(await store.record(sampleRecord(number).id), `record ${number}`)
}

await createStore({ path, id: '0'.repeat(32), createdAt: START })

{
  await using store = await openStore({ path })
  assert.equal(await commit(store), undefined)
  await leaveFree(17 * MIB)
  assert.equal(await commitUntilRefused(store), 'STORE_FULL')
  assert.equal(await commit(store), 'STORE_FULL')
  await assertNothingLost(store)
  assert.ok(freeBytesAt(folder) > 12 * MIB, 'refused before the disk is full')
  await leaveFree('all')
  assert.equal(await commit(store), undefined)
}
process.stdout.write('refused beforehand\n')

let isLying = true
const freeBytes = (at: string): number => (isLying ? Infinity : freeBytesAt(at))
{
  await using store = await openStoreOf({ schema: SCHEMA, freeBytes }, { path })
  await leaveFree(150_000)
  assert.equal(await commitUntilRefused(store), 'STORE_FULL')
  await assertNothingLost(store)
  isLying = false
  assert.equal(await commit(store), 'STORE_FULL')
  await assertNothingLost(store)
  await leaveFree('all')
  assert.equal(await commit(store), undefined)
  await assertNothingLost(store)
  await store.verify(new AbortController().signal)
}
process.stdout.write('recovered from a failed write\n')

{
  isLying = true
  await using store = await openStoreOf({ schema: SCHEMA, freeBytes }, { path })
  await leaveFree(0)
  assert.equal(await commitUntilRefused(store), 'STORE_FULL')
  // LevelDB cannot even be opened now: nothing is readable until there is room.
  assert.notEqual(await commit(store), undefined)
  await leaveFree('all')
  assert.equal(await commit(store), undefined)
  await assertNothingLost(store)
}
process.stdout.write('recovered from a failed opening\n')

await leaveFree(0)
await assert.rejects(openStore({ path }), { code: 'STORE_FULL' })
await leaveFree('all')
{
  await using store = await openStore({ path })
  await assertNothingLost(store)
  assert.ok(store.counts.records >= acknowledged.length)
  await store.verify(new AbortController().signal)
}
process.stdout.write('lost nothing\n')
