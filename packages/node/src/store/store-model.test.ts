import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  fromHex,
  hlcAt,
  hlcTime,
  leavesBelow,
  SYNC_SETS,
  type Summary,
  type SyncSet,
  updateTree,
} from '@intelmesh/protocol'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { nativeCrypto } from '../crypto/index.ts'
import type { ControlRow, HeaderRow, Hex, RecordRow, Store, StoreChanges, StoredRecord } from './interface.ts'
import { createStore, openStore } from './open-store.ts'
import { hashOf, HOUR, sampleHeader, sampleRecord, START } from './testing/sample-rows.ts'

const SETS = ['clear', 'green', 'clear/tombstones', 'green/tombstones'] as const

/** What a store has to hold, in plain collections. */
interface Model {
  sequence: number
  readonly records: Map<Hex, StoredRecord>
  readonly headers: Map<Hex, HeaderRow>
  readonly control: Map<string, ControlRow>
  readonly log: Uint8Array[]
}

const record = fc.nat(39).map((number): RecordRow =>
  sampleRecord(number, {
    set: SETS[number % 4] as RecordRow['set'],
    hlc: hlcAt(START + (number % 3) * HOUR),
    retracts: number % 4 > 1 ? [sampleRecord(number - 2).id] : [],
    references: [`x--${number % 5}`],
  }),
)
const header = fc.nat(9).map((number) =>
  sampleHeader(`header ${number}`, {
    seq: number,
    leafHashes: [0, 1, 2, 3].map((i) => sampleRecord(number * 4 + i).id),
  }),
)
const control = fc
  .record({
    key: fc.constantFrom('a', 'b', 'c'),
    name: fc.constantFrom('control', 'register'),
    id: fc.nat(99),
  })
  .map(({ key, name, id }): ControlRow => ({
    key,
    kind: 'statement',
    bytes: new Uint8Array([id]),
    // One row under an id: an id belongs to its key.
    set: { name: name as 'control' | 'register', id: hashOf(`${key}${id}`) },
  }))
const changes: fc.Arbitrary<StoreChanges> = fc.record(
  {
    headers: fc.array(header, { maxLength: 3 }),
    records: fc.array(record, { maxLength: 12 }),
    removed: fc.array(
      record.map(({ id }) => id),
      { maxLength: 8 },
    ),
    erased: fc.array(
      record.map(({ id }) => id),
      { maxLength: 4 },
    ),
    control: fc.array(control, { maxLength: 2 }),
    controlRemoved: fc.array(fc.constantFrom('a', 'b', 'd'), { maxLength: 1 }),
    log: fc.array(
      fc.nat(5).map((i) => fromHex(hashOf(`log ${i}`))),
      { maxLength: 2 },
    ),
  },
  { requiredKeys: [] },
)
/** Change sets that are handed in at once, and whether the store is opened anew after them. */
const steps = fc.array(
  fc.record({ together: fc.array(changes, { minLength: 1, maxLength: 4 }), reopens: fc.boolean() }),
  { maxLength: 8 },
)

describe(openStore, () => {
  it('holds what a plain model holds, after every group of commits and every opening', async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (sequence) => {
        const folder = await mkdtemp(join(tmpdir(), 'store-'))
        const path = join(folder, 'store')
        await createStore({ path, id: '0'.repeat(32), createdAt: START })
        const model: Model = {
          sequence: 0,
          records: new Map(),
          headers: new Map(),
          control: new Map(),
          log: [],
        }
        let store = await openStore({ path })
        for (const { together, reopens } of sequence) {
          await Promise.all(together.map((one) => store.commit(one, { sync: false })))
          for (const one of together) applyToModel(model, one)
          if (reopens) {
            await store[Symbol.asyncDispose]()
            store = await openStore({ path })
          }
          await assertEqual(store, model)
        }
        await store[Symbol.asyncDispose]()
        await rm(folder, { recursive: true })
      }),
      { numRuns: 15 },
    )
  })
})

function applyToModel(
  model: Model,
  { headers, records, removed, erased, control: rows, controlRemoved, log }: StoreChanges,
): void {
  const heldUnder = (hash: Hex): number =>
    [...model.records.values()].filter((row) => row.header === hash).length
  for (const row of headers ?? []) {
    if (!model.headers.has(row.hash)) model.headers.set(row.hash, without(row))
  }
  for (const row of records ?? []) {
    if (!model.records.has(row.id)) model.records.set(row.id, { ...row, sequence: ++model.sequence })
  }
  for (const id of [...(removed ?? []), ...(erased ?? [])]) {
    const hash = model.records.get(id)?.header
    model.records.delete(id)
    const held = hash === undefined ? undefined : model.headers.get(hash)
    if (held !== undefined && heldUnder(held.hash) === 0) model.headers.set(held.hash, without(held))
  }
  for (const row of headers ?? []) {
    const held = model.headers.get(row.hash) as HeaderRow
    if (heldUnder(row.hash) > 0 && row.leafHashes !== undefined) {
      model.headers.set(row.hash, { ...held, leafHashes: row.leafHashes })
    }
  }
  for (const key of controlRemoved ?? []) model.control.delete(key)
  for (const row of rows ?? []) model.control.set(row.key, row)
  model.log.push(...(log ?? []))
}

function without(row: HeaderRow): HeaderRow {
  const { leafHashes: _, ...rest } = row
  return rest
}

async function assertEqual(store: Store, model: Model): Promise<void> {
  const rows = [...model.records.values()]
  const idsOf = (keep: (row: StoredRecord) => boolean): Hex[] => rows.filter(keep).map(({ id }) => id)
  expect(store.counts).toEqual({
    records: rows.length,
    headers: model.headers.size,
    sequence: model.sequence,
  })
  expect(await store.queryRecords({ afterSequence: 0, limit: 99, plainOnly: false })).toEqual(rows)
  for (const set of SYNC_SETS) {
    const root = await freshRoot(set, model)
    expect(store.rootOf(set), set).toEqual(root)
    await using view = await store.viewOf(set)
    expect(view.root, set).toEqual(root)
    const leaves = await Array.fromAsync(view.leaves())
    expect(leaves, set).toEqual(await Array.fromAsync(leavesBelow(view.read, '', { newestFirst: true })))
  }
  for (let number = 0; number < 11; number++) {
    const value = `host-${number}.example`
    const expected = idsOf((row) =>
      row.observables.some((observable) => observable.value === value),
    ).reverse()
    expect(await store.lookup({ type: 'domain', value }, 99), value).toEqual({
      ids: expected,
      total: expected.length,
    })
  }
  for (let number = 0; number < 5; number++) {
    const expected = idsOf(({ references }) => references.includes(`x--${number}`)).reverse()
    expect(await store.referring(`x--${number}`, 99), `x--${number}`).toEqual(expected)
  }
  for (let number = 0; number < 40; number++) {
    const { id, header: hash, stixId = '', expires } = sampleRecord(number)
    const versions = idsOf((row) => row.stixId === stixId)
    expect((await store.versions(stixId)).toSorted(), stixId).toEqual(versions.toSorted())
    expect(await store.recordsOfHeader(hash), hash).toEqual(idsOf((row) => row.header === hash))
    expect(await store.tombstonesOf(id), id).toEqual(idsOf((row) => row.retracts.includes(id)))
    expect((await store.expiring(expires, 99)).length, `${expires}`).toBe(
      idsOf((row) => row.expires <= expires).length,
    )
    expect(await store.header(hash), hash).toEqual(model.headers.get(hash))
  }
  for (const key of ['a', 'b', 'c']) {
    const row = model.control.get(key)
    expect(await store.control(key), key).toEqual(row)
    if (row?.set !== undefined) expect(await store.controlById(row.set.name, row.set.id), key).toEqual(row)
  }
  expect(await store.logHashes(0, 99)).toEqual(model.log)
}

/** The root of a tree that is made in one go of all that is in a set. */
async function freshRoot(set: SyncSet, { records, control: rows }: Model): Promise<Summary> {
  const added = [
    ...[...records.values()]
      .filter((row) => row.set === set)
      .map(({ id, hlc }) => ({ hour: Math.floor(hlcTime(hlc) / HOUR), id: fromHex(id) })),
    ...[...rows.values()].flatMap((row) =>
      row.set?.name === set ? { hour: 0, id: fromHex(row.set.id) } : [],
    ),
  ]
  return (await updateTree(nativeCrypto, () => undefined, { added, removed: [] })).root
}
