import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, test } from 'vitest'
import { openDatabase } from '../database.ts'
import { createStore, openStore } from '../open-store.ts'
import { unpackStore } from '../testing/kept-store.ts'
import { salvageStore } from './salvage-store.ts'
import { sampleHeader, sampleRecord, START } from '../testing/sample-rows.ts'

const ID = '00112233445566778899aabbccddeeff'
const BATCHES = 20
const RECORDS = 40 * BATCHES

let folder: string
let from: string
let level: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'salvage-'))
  from = join(folder, 'store')
  level = join(from, 'level')
  await createStore({ path: from, id: ID, createdAt: START })
  await using store = await openStore({ path: from })
  await store.commit(
    {
      log: [new Uint8Array(32).fill(1)],
      meta: { a: new Uint8Array([7]) },
      ledger: { 'token/x': { a: 1 }, 'same/y': {}, 'judged/y': 'a', 'line/y': {} },
    },
    { sync: false },
  )
  for (let batch = 0; batch < BATCHES; batch++) {
    const records = Array.from({ length: 40 }, (_, i) => ({
      ...sampleRecord(batch * 40 + i),
      header: sampleHeader(`h${batch}`).hash,
      path: [],
    }))
    await store.commit({ records, headers: [sampleHeader(`h${batch}`, { seq: batch })] }, { sync: true })
  }
})

afterEach(() => rm(folder, { recursive: true }))

/** Files of LevelDB whose names have this in them, newest last. */
async function files(part: string): Promise<readonly string[]> {
  const names = (await readdir(level)).filter((name) => name.includes(part)).toSorted()
  return names.map((name) => join(level, name))
}

async function change(path: string | undefined, edit: (bytes: Buffer) => Buffer): Promise<void> {
  await writeFile(path as string, edit(await readFile(path as string)))
}

/** The bytes of LevelDB's files, by their names. */
async function contents(wanted = /./): Promise<ReadonlyMap<string, Buffer>> {
  const names = (await readdir(level)).filter((name) => wanted.test(name)).toSorted()
  return new Map(
    await Promise.all(names.map(async (name) => [name, await readFile(join(level, name))] as const)),
  )
}

async function asTable(): Promise<void> {
  await (await openStore({ path: from }))[Symbol.asyncDispose]()
}

/** What happens to the files, and how many of the records may be gone by it at most. */
const DAMAGES: Readonly<Record<string, readonly [lost: number, () => Promise<unknown>]>> = {
  'a block of zeros': [
    RECORDS,
    async () => change((await files('.log')).at(-1), (bytes) => bytes.fill(0, 40_000, 40_512)),
  ],
  'flipped bits in a table': [
    RECORDS,
    async () => {
      await asTable()
      await change((await files('.ldb')).at(-1), (bytes) => {
        for (const at of [0.3, 0.6])
          bytes.writeUInt8(
            bytes.readUInt8(Math.floor(bytes.length * at)) ^ 0x10,
            Math.floor(bytes.length * at),
          )
        return bytes
      })
    },
  ],
  'no MANIFEST': [0, async () => rm((await files('MANIFEST')).at(-1) as string)],
  'a table that is gone': [
    RECORDS,
    async () => {
      await asTable()
      await rm((await files('.ldb'))[0] as string)
    },
  ],
  'no folder': [RECORDS, async () => rm(level, { recursive: true })],
}

describe(salvageStore, () => {
  test.for(Object.entries(DAMAGES))('makes a sound store of one with %s', async ([, [most, damage]]) => {
    await damage()
    const into = { path: join(folder, 'new'), id: 'ff'.repeat(16), createdAt: START }
    let told = 0
    const salvage = await salvageStore(from, into, (records) => void (told = records))
    await using store = await openStore({ path: into.path })
    await store.verify(new AbortController().signal)
    expect(store.id).toBe(into.id)
    expect(store.counts.records).toBe(salvage.records)
    expect(told).toBe(salvage.records)
    expect(RECORDS - salvage.records).toBeLessThanOrEqual(most)
    for (const record of await store.queryRecords({ afterSequence: 0, limit: Infinity, plainOnly: false }))
      expect(await store.header(record.header)).toBeDefined()
    for (const id of salvage.lost.map(([each]) => each)) expect(await store.record(id)).toBeUndefined()
  })

  it('takes everything over from a store that is whole, but for what speaks of the old order of arrival, or of what is held', async () => {
    const into = { path: join(folder, 'new'), id: 'ff'.repeat(16), createdAt: START }
    const salvage = await salvageStore(from, into, () => undefined)
    expect(salvage).toMatchObject({ records: RECORDS, lost: [], unreadable: {}, brokeOff: false })
    await using old = await openStore({ path: from })
    await using store = await openStore({ path: into.path })
    for (const set of ['green', 'clear', 'control'] as const)
      expect(store.rootOf(set)).toEqual(old.rootOf(set))
    expect(await store.meta('a')).toEqual(new Uint8Array([7]))
    expect(await Array.fromAsync(store.ledgerRows(''))).toEqual([['token/x', { a: 1 }]])
    expect(await store.logHashes(0, 1)).toEqual(await old.logHashes(0, 1))
    expect(store.counts).toEqual(old.counts)
  })

  test.for([1, 2] as const)('takes over what is whole of a store of schema %i', async (schema) => {
    const earlier = join(folder, 'earlier')
    const facts = await unpackStore(schema, earlier)
    const gone = facts.records.at(-1)?.id as string
    {
      await using database = await openDatabase(join(earlier, 'level'), { create: false })
      await database.clear(Buffer.from(`records!${gone}`), Buffer.from(`records!${gone}~`))
    }
    await expect(openStore({ path: earlier })).rejects.toMatchObject({ code: 'STORE_DAMAGED' })
    const into = { path: join(folder, 'new'), id: 'ff'.repeat(16), createdAt: START }
    const salvage = await salvageStore(earlier, into, () => undefined)
    expect(salvage).toMatchObject({ control: facts.control, unreadable: {}, brokeOff: false })
    expect(salvage.lost.map(([id]) => id)).toContain(gone)
    await using store = await openStore({ path: into.path })
    const held = await store.hasRecords(facts.records.map(({ id }) => id))
    expect(held).toEqual(facts.records.map(({ id }) => id !== gone))
    expect((await Array.fromAsync(store.ledgerRows(''))).map(([key]) => key)).toEqual(facts.ledger)
    expect(store.logSize).toBe(facts.logSize)
  })

  test('passes over what is no file', async () => {
    await mkdir(join(level, '999999.ldb'))
    await symlink('/dev/zero', join(level, '999998.log'))
    const into = { path: join(folder, 'new'), id: 'ff'.repeat(16), createdAt: START }
    expect(await salvageStore(from, into, () => undefined)).toMatchObject({ records: RECORDS })
  })

  it('leaves the damaged files as they are, also where an older MANIFEST knows nothing of some', async () => {
    const older = await contents(/^CURRENT$|^MANIFEST|\.log$/)
    await asTable()
    // Half of the log makes another table, under the number of the one that was made of the whole.
    for (const [name, bytes] of older)
      await writeFile(join(level, name), name.endsWith('.log') ? bytes.subarray(0, bytes.length / 2) : bytes)
    const before = await contents()
    const into = { path: join(folder, 'new'), id: 'ff'.repeat(16), createdAt: START }
    await salvageStore(from, into, () => undefined)
    expect(await contents()).toEqual(before)
  })

  it('names what is lost', async () => {
    await cp(from, join(folder, 'whole'), { recursive: true })
    await asTable()
    for (const path of await files('.ldb'))
      await change(path, (bytes) => {
        for (let at = 2_000; at < bytes.length - 2_000; at += 4_001)
          bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at)
        return bytes
      })
    const into = { path: join(folder, 'new'), id: 'ff'.repeat(16), createdAt: START }
    const { records, lost } = await salvageStore(from, into, () => undefined)
    expect(records).toBeLessThan(RECORDS)
    await using whole = await openStore({ path: join(folder, 'whole') })
    for (const id of lost.map(([each]) => each)) expect(await whole.record(id)).toBeDefined()
  })
})
