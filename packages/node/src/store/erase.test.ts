import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { leafHash, toBase64url, toHex, utf8Bytes } from '@intelmesh/protocol'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { nativeCrypto } from '../crypto/index.ts'
import type { RecordRow, Store } from './interface.ts'
import { createStore, openStore } from './open-store.ts'
import { sampleHeader, sampleRecord, START } from './testing/sample-rows.ts'

const MARKER = 'Kq7Wz3XbV9'
/** The marker at each of its places in a group of three bytes, without the letters that depend on what stands beside it. */
const base64 = [0, 1, 2].map((shift) => toBase64url(utf8Bytes(' '.repeat(shift) + MARKER)).slice(3, 12))
const sync = { sync: false } as const
/** Alone in its header, as nothing else is. */
const secret = recordOf(`{"description":"${MARKER}"}`)
const shelf = { 'shelf/node/record': { record: toBase64url(secret.leaf) } }

let folder: string
let path: string
let store: Store

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'store-'))
  path = join(folder, 'store')
  await createStore({ path, id: '0'.repeat(32), createdAt: START })
  store = await openStore({ path })
})

afterEach(async () => {
  await store[Symbol.asyncDispose]()
  await rm(folder, { recursive: true })
})

describe('erasing', () => {
  it.for([
    ['that were never on disk but in the journal', 0, false],
    ['that were written out', 0, true],
    ['that lie deep among others', 150, true],
  ] as const)('takes the bytes of records %s out of the files', async ([, others, reopens]) => {
    await fill(0, others)
    await store.commit({ records: [secret], headers: [sampleHeader('h')], ledger: shelf }, sync)
    await fill(others, others)
    if (reopens) await reopen()
    // LevelDB compresses its tables, and may cut any one of the forms in two.
    expect((await Promise.all([MARKER, ...base64].map(filesWith))).flat()).not.toEqual([])
    const before = [...(await idsOf(store))].filter((id) => id !== secret.id)
    await store.commit({ erased: [secret.id], ledger: { 'shelf/node/record': undefined } }, sync)
    await store.compacted()
    await assertErased()
    expect(await idsOf(store)).toEqual(before)
    await store.verify(new AbortController().signal)
    // And nothing brings them back.
    await reopen()
    await assertErased()
    expect(await store.lookup({ type: 'domain', value: MARKER.toLowerCase() }, 9)).toEqual({
      ids: [],
      total: 0,
    })
  })

  it('goes on after a restart that came before it was done', async () => {
    await store.commit({ records: [secret] }, sync)
    await reopen()
    {
      // Whoever reads keeps the bytes.
      await using _view = await store.viewOf('green')
      await store.commit({ erased: [secret.id] }, { sync: true })
      await reopen()
    }
    await store.compacted()
    await assertErased()
  })

  it('leaves whoever reads to it, and spares what came again', async () => {
    await store.commit({ records: [secret] }, sync)
    const view = await store.viewOf('green')
    await store.commit({ erased: [secret.id] }, sync)
    const done = store.compacted()
    await store.commit({ records: [secret] }, sync)
    expect(await view.read('')).toBeDefined()
    await view[Symbol.asyncDispose]()
    await done
    expect(await store.record(secret.id)).toMatchObject({ leaf: secret.leaf, sequence: 2 })
    expect((await store.lookup(secret.observables[0] as never, 9)).ids).toEqual([secret.id])
    await store.commit({ erased: [secret.id] }, sync)
    await store.compacted()
    await assertErased()
  })

  it('takes a thousand at a time', async () => {
    await fill(0, 10)
    const leaves = Array.from({ length: 1_000 }, (_, i) => recordOf(`${i} ${MARKER}`))
    await store.commit({ records: leaves }, sync)
    await Promise.all(leaves.map(({ id }) => store.commit({ erased: [id] }, sync)))
    await store.compacted()
    await assertErased()
    expect(store.counts.records).toBe(10)
  })

  it('says so when the store closes meanwhile', async () => {
    await store.commit({ records: [secret] }, sync)
    await using _view = await store.viewOf('green')
    await store.commit({ erased: [secret.id] }, sync)
    const cut = expect(store.compacted()).rejects.toMatchObject({ code: 'STORE_CLOSED' })
    await store[Symbol.asyncDispose]()
    await cut
    await expect(store.compacted()).rejects.toMatchObject({ code: 'STORE_CLOSED' })
  })
})

function recordOf(text: string): RecordRow {
  const leaf = utf8Bytes(text)
  const observables = [
    { type: 'domain', value: MARKER.toLowerCase() },
    { type: 'file-name', value: MARKER },
  ] as const
  return sampleRecord(0, {
    id: toHex(leafHash(nativeCrypto, leaf)),
    leaf,
    observables,
    header: 'ab'.repeat(32),
  })
}

/** Commits so many records, each beside bytes that LevelDB cannot compress and has to write out. */
async function fill(from: number, count: number): Promise<void> {
  for (let number = from; number < from + count; number++) {
    const padding = crypto.getRandomValues(new Uint8Array(60_000))
    await store.commit({ records: [sampleRecord(number)], meta: { [`padding ${number}`]: padding } }, sync)
  }
}

async function reopen(): Promise<void> {
  await store[Symbol.asyncDispose]()
  store = await openStore({ path })
}

async function idsOf(from: Store): Promise<readonly string[]> {
  const rows = await from.queryRecords({ afterSequence: 0, limit: 99_999, plainOnly: false })
  return rows.map(({ id }) => id)
}

async function assertErased(): Promise<void> {
  for (const text of [MARKER, MARKER.toLowerCase(), secret.id, ...base64])
    expect(await filesWith(text), text).toEqual([])
}

/** Names of the store's files that hold a text, or the bytes of an id. */
async function filesWith(text: string): Promise<readonly string[]> {
  const needle = Buffer.from(text, /^[0-9a-f]{64}$/.test(text) ? 'hex' : 'utf8')
  const found: string[] = []
  for (const entry of await readdir(path, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    // LevelDB deletes files of its own when it likes.
    const bytes = await readFile(join(entry.parentPath, entry.name)).catch(() => Buffer.of())
    if (bytes.includes(needle)) found.push(entry.name)
  }
  return found
}
