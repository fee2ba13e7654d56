import { createHash } from 'node:crypto'
import { canonicalise, type JsonValue } from '@intelmesh/stix'
import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import type { AuditEntry } from '../people-api.ts'
import { type Note, sealEntry } from './entry.ts'
import { createMemoryStore, type MemoryStore } from './testing/memory-store.ts'
import { openTrail, type Trail } from './trail.ts'

const NOW = Date.UTC(2026, 10, 22, 8)
const SYNC = { sync: true }

function noteOf(i: number, rest: Partial<Note> = {}): Note {
  return { person: `person ${i % 3}`, action: i % 2 === 0 ? 'publish' : 'read', detail: { i }, ...rest }
}

async function openWith(count: number): Promise<{ store: MemoryStore; trail: Trail }> {
  const store = createMemoryStore()
  const trail = await openTrail({ store, clock: () => NOW })
  await Promise.all(Array.from({ length: count }, (_, i) => trail.append(noteOf(i), SYNC)))
  return { store, trail }
}

function keyOf(number: number): string {
  return `audit/${String(number).padStart(14, '0')}`
}

function entryAt(store: MemoryStore, number: number): AuditEntry {
  return JSON.parse(store.rows.get(keyOf(number)) as string) as AuditEntry
}

describe(openTrail, () => {
  it('chains entries as the specification says', async () => {
    const { store, trail } = await openWith(3)
    let previous = '0'.repeat(64)
    for (const number of [1, 2, 3]) {
      const { hash, ...entry } = entryAt(store, number)
      const text = canonicalise(['intelmesh audit 1', previous, entry as unknown as JsonValue])
      expect(createHash('sha256').update(text).digest('hex'), String(number)).toBe(hash)
      previous = hash
    }
    expect(await trail.verify({})).toEqual({ isIntact: true, entries: 3, head: previous })
  })

  it('holds an empty trail to be intact', async () => {
    const { trail } = await openWith(0)
    expect(await trail.verify({})).toEqual({ isIntact: true, entries: 0, head: '0'.repeat(64) })
    expect(await trail.list({})).toEqual([])
  })

  it('numbers what a hundred callers note at once without a gap, in few commits', async () => {
    const { store, trail } = await openWith(100)
    const entries = await trail.list({ limit: 1000 })
    expect(entries.map(({ number }) => number)).toEqual(Array.from({ length: 100 }, (_, i) => 100 - i))
    expect(entries.map(({ detail }) => detail['i'])).toEqual(Array.from({ length: 100 }, (_, i) => 99 - i))
    expect((await trail.verify({})).isIntact).toBe(true)
    expect(store.commits).toBeLessThan(10)
  })

  it('goes on where it was after a restart', async () => {
    const { store } = await openWith(5)
    const again = await openTrail({ store, clock: () => NOW })
    const entry = await again.append(noteOf(5), SYNC)
    expect(entry.number).toBe(6)
    expect(await again.verify({})).toMatchObject({ isIntact: true, entries: 6, head: entry.hash })
  })

  it('fails who notes when the store fails, and leaves no gap', async () => {
    const { store, trail } = await openWith(2)
    store.fault = new Error('full')
    await expect(trail.append(noteOf(2), SYNC)).rejects.toThrow('full')
    store.fault = undefined
    expect((await trail.append(noteOf(3), SYNC)).number).toBe(3)
    expect((await trail.verify({})).isIntact).toBe(true)
  })

  it('writes rows with the entry, and to disk only where one asks for it', async () => {
    const { store, trail } = await openWith(0)
    await trail.append(noteOf(0), { sync: false, ledger: { 'token/a': { a: 1 } } })
    expect([store.rows.get('token/a'), store.syncs]).toEqual(['{"a":1}', 0])
    await trail.append(noteOf(1), SYNC)
    expect(store.syncs).toBe(1)
  })

  it('lists newest first, by action, person and place', async () => {
    const { trail } = await openWith(250)
    const numbers = async (filter: Parameters<Trail['list']>[0]): Promise<readonly number[]> =>
      (await trail.list(filter)).map(({ number }) => number)
    expect(await numbers({ limit: 3 })).toEqual([250, 249, 248])
    expect(await numbers({ limit: 3, before: 101 })).toEqual([100, 99, 98])
    expect(await numbers({ action: 'publish', limit: 2 })).toEqual([249, 247])
    expect(await numbers({ person: 'person 0', action: 'read', before: 10 })).toEqual([4])
    expect((await trail.list({})).length).toBe(100)
    expect(await numbers({ before: 1 })).toEqual([])
  })

  it('cuts what is too long and writes what has no canonical form otherwise', async () => {
    const { store, trail } = await openWith(0)
    const many = Array.from({ length: 1000 }, (_, i) => `item ${i}`)
    const detail = { long: 'x'.repeat(100_000), many, lone: 'a\ud800b', far: Number.NaN }
    await trail.append(noteOf(0, { detail }), SYNC)
    expect(String(store.rows.get(keyOf(1))).length).toBeLessThan(2000)
    expect((entryAt(store, 1).detail['many'] as readonly string[]).at(-1)).toBe('and 980 more')
    expect((await trail.verify({})).isIntact).toBe(true)
  })
})

describe('verify', () => {
  const changes: Readonly<Record<string, unknown>> = {
    number: 9,
    at: '2026-11-22T08:00:00.001Z',
    person: 'somebody else',
    token: '0123456789abcdef',
    action: 'export',
    detail: { i: 3.5 },
    hash: 'ab'.repeat(32),
    more: true,
  }

  test.for(Object.entries(changes))('finds another %s in any entry', async ([name, value]) => {
    for (const number of [1, 4, 8]) {
      const { store, trail } = await openWith(8)
      store.rows.set(keyOf(number), JSON.stringify({ ...entryAt(store, number), [name]: value }))
      expect(await trail.verify({}), String(number)).toMatchObject({ isIntact: false, brokenAt: number })
    }
  })

  test.for([1, 4, 8])('finds that entry %i is gone', async (number) => {
    const { store, trail } = await openWith(8)
    store.rows.delete(keyOf(number))
    expect(await trail.verify({})).toMatchObject({ isIntact: false, brokenAt: number })
  })

  it('finds two entries that changed places, and one that is no entry', async () => {
    const { store, trail } = await openWith(8)
    const [third, fourth] = [store.rows.get(keyOf(3)) as string, store.rows.get(keyOf(4)) as string]
    store.rows.set(keyOf(3), fourth).set(keyOf(4), third)
    expect(await trail.verify({})).toMatchObject({ isIntact: false, brokenAt: 3 })
    for (const text of ['null', '7', '"x"', '[]', '{}', '{"hash":null}', '{"hash":"a","b":{"c":null}}']) {
      store.rows.set(keyOf(3), text)
      expect(await trail.verify({}), text).toMatchObject({ isIntact: false, brokenAt: 3 })
      expect((await trail.list({})).length, text).toBeLessThan(9)
    }
  })

  it('finds an entry added between, and one sealed anew without those after it', async () => {
    const { store, trail } = await openWith(8)
    store.rows.set(`${keyOf(4)}a`, store.rows.get(keyOf(4)) as string)
    expect(await trail.verify({})).toMatchObject({ isIntact: false, brokenAt: 5 })
    store.rows.delete(`${keyOf(4)}a`)
    const { hash: _, ...entry } = { ...entryAt(store, 4), person: 'somebody else' }
    store.rows.set(keyOf(4), JSON.stringify(sealEntry(entryAt(store, 3).hash, entry)))
    expect(await trail.verify({})).toMatchObject({ isIntact: false, brokenAt: 5 })
  })

  it('finds a tail that was cut off while the node was down, also after more was noted', async () => {
    const { store } = await openWith(8)
    for (const number of [6, 7, 8]) store.rows.delete(keyOf(number))
    const again = await openTrail({ store, clock: () => NOW })
    expect(await again.verify({})).toMatchObject({ isIntact: false, entries: 8, brokenAt: 6 })
    expect((await again.append(noteOf(8), SYNC)).number).toBe(9)
    expect(await again.verify({})).toMatchObject({ isIntact: false, brokenAt: 6 })
  })

  it('finds a tail that was cut off with the head row by a head noted elsewhere alone', async () => {
    const { store, trail } = await openWith(8)
    const { head } = await trail.verify({})
    const { hash } = entryAt(store, 5)
    for (const number of [6, 7, 8]) store.rows.delete(keyOf(number))
    store.metaRows.set('audit-head', new TextEncoder().encode(`5 ${hash}`))
    const again = await openTrail({ store, clock: () => NOW })
    expect((await again.verify({})).isIntact).toBe(true)
    expect(await again.verify({ head: hash })).toMatchObject({ isIntact: true, headAt: 5 })
    expect((await again.verify({ head })).isIntact).toBe(false)
  })

  it('writes over nothing when the head row was lost, set back or spoilt', async () => {
    for (const text of [undefined, '', 'x', '-1 ab', `3 ${'ab'.repeat(32)}`]) {
      const { store } = await openWith(8)
      if (text === undefined) store.metaRows.clear()
      else store.metaRows.set('audit-head', new TextEncoder().encode(text))
      const again = await openTrail({ store, clock: () => NOW })
      expect((await again.append(noteOf(8), SYNC)).number, text).toBe(9)
      expect((await again.verify({})).isIntact, text).toBe(true)
    }
  })

  it('finds whatever one changes in what is stored', async () => {
    const { store, trail } = await openWith(6)
    const values = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null), fc.array(fc.string()))
    const names = fc.constantFrom('number', 'at', 'person', 'token', 'action', 'detail', 'hash', 'x')
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 6 }), names, values, async (number, name, value) => {
        const text = store.rows.get(keyOf(number)) as string
        const spoilt = JSON.stringify({ ...entryAt(store, number), [name]: value })
        fc.pre(spoilt !== text)
        store.rows.set(keyOf(number), spoilt)
        const { isIntact, brokenAt } = await trail.verify({})
        store.rows.set(keyOf(number), text)
        expect([isIntact, brokenAt]).toEqual([false, number])
      }),
    )
    expect((await trail.verify({})).isIntact).toBe(true)
  })
})
