import { mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Observable } from '@intelmesh/stix'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Cell } from '../cells.ts'
import { observableKey } from '../observable-keys.ts'
import { createSidecar, loadSidecar } from './create-sidecar.ts'
import { FINGERPRINT_SORTS, fingerprintOf } from './fingerprint.ts'
import type { Sidecar, SidecarRow } from './interface.ts'

const MASK = new Uint8Array(32).fill(3)
const CLEAR = 1
const GREEN = 2

const URLS = [
  'http://evil.example/',
  'https://a.b.example:81/x?',
  'ftp://192.0.2.1/',
  'http://[2001:db8::1]/',
  'http://[::ffff:c000:202]/',
]
const value: fc.Arbitrary<Observable> = fc.oneof(
  fc.integer({ min: 0, max: 30 }).map((n): Observable => ({ type: 'domain', value: `h${n}.evil.example` })),
  fc.integer({ min: 0, max: 30 }).map((n): Observable => ({ type: 'ipv4', value: `192.0.2.${n}` })),
  fc.integer({ min: 0, max: 9 }).map((n): Observable => ({ type: 'ipv6', value: `2001:db8::${n + 1}` })),
  fc
    .integer({ min: 0, max: 20 })
    .map((n): Observable => ({ type: 'url', value: URLS[n % URLS.length] + String(n) })),
  fc.integer({ min: 8, max: 24 }).map((n): Observable => ({ type: 'cidr', value: `10.0.0.0/${n}` })),
  fc.integer({ min: 32, max: 48 }).map((n): Observable => ({ type: 'cidr', value: `2001:db8::/${n}` })),
)
/** A value, and the records that name it from now on, each by its label. */
const change = fc
  .record({ value, named: fc.array(fc.nat(4), { maxLength: 3 }), newest: fc.integer({ min: 1, max: 999 }) })
  .map(({ value: observable, named, newest }): Change => {
    const [flags] = named
    return {
      observable,
      labels: named.reduce((labels, label) => labels | (1 << label), 0),
      only:
        flags === undefined || named.length > 1
          ? undefined
          : { sequence: newest, flags, type: 3, organisation: newest },
    }
  })

interface Change {
  readonly observable: Observable
  readonly labels: number
  readonly only: Cell | undefined
}

describe(createSidecar, () => {
  it('knows what a map of values and labels knows, and hardly more', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(change, { maxLength: 200 }), value, async (changes, other) => {
        const sidecar = createSidecar(MASK)
        const model = play(sidecar, changes)
        for (const [text, { labels, observable, only }] of model) {
          const isPlain = observable.type !== 'cidr' && observable.type !== 'url'
          expect([text, sidecar.only(observable)]).toEqual([text, isPlain ? only : undefined])
          for (const may of [
            sidecar.mayHave(observable),
            sidecar.mayHaveKey(observableKey(observable, sidecar.key)),
          ])
            expect([text, may]).toEqual([text, labels !== 0])
        }
        if (!model.has(nameOf(other))) expect(sidecar.only(other)).toBeUndefined()
        expect(sidecar.mayHave(other)).toBe((model.get(nameOf(other))?.labels ?? 0) !== 0)
        for (const labels of [CLEAR, CLEAR | GREEN]) {
          expect(await fingerprintsOf(sidecar, labels)).toEqual(expectedOf(model, labels))
          for (const family of [4, 6] as const)
            expect(sidecar.networkLengths(family, labels)).toEqual(lengthsOf(model, family, labels))
        }
      }),
      { numRuns: 50 },
    )
  })

  it('takes at most 32 bytes a value, however many there are, and seldom errs', () => {
    const sidecar = createSidecar(MASK)
    const names = (from: number, count: number): readonly Observable[] =>
      Array.from({ length: count }, (_, i) => ({ type: 'domain', value: `n${from + i}.example` }))
    for (const [i, observable] of names(0, 20_000).entries()) {
      sidecar.change(observableKey(observable, sidecar.key), 0, GREEN, cellOf(i + 1, 1))
      if (sidecar.size % 997 === 0 && sidecar.size > 8000)
        expect(sidecar.bytes / sidecar.size).toBeLessThan(32)
    }
    expect(sidecar.size).toBe(20_000)
    expect(names(0, 20_000).every((name, i) => sidecar.only(name)?.sequence === i + 1)).toBe(true)
    expect(names(1_000_000, 20_000).filter((name) => sidecar.mayHave(name))).toEqual([])
  })

  it('keeps a value although another one of its fingerprint is taken out', () => {
    const sidecar = createSidecar(MASK)
    const key = Uint8Array.of(18, 0, 0, 0, 0, 0, 0, 0, 0)
    sidecar.change(key, 0, CLEAR)
    sidecar.change(key, 0, CLEAR | GREEN)
    sidecar.change(key, CLEAR, 0)
    expect(sidecar.size).toBe(1)
    sidecar.change(key, CLEAR | GREEN, 0)
    expect(sidecar.size).toBe(0)
  })

  it('says nothing of the records that name one of two values with one fingerprint', () => {
    const sidecar = createSidecar(MASK)
    const mutex: Observable = { type: 'mutex', value: 'a' }
    const key = observableKey(mutex, sidecar.key)
    const [first, second] = [cellOf(1, 0), cellOf(2, 1)]
    sidecar.change(key, 0, CLEAR, first)
    expect(sidecar.only(mutex)).toEqual(first)
    sidecar.change(key, 0, GREEN, second)
    expect(sidecar.only(mutex)).toBeUndefined()
    sidecar.change(key, CLEAR, 0)
    expect(sidecar.only(mutex)).toBeUndefined()
    sidecar.change(key, GREEN, GREEN, second)
    expect(sidecar.only(mutex)).toEqual(second)
    sidecar.change(key, GREEN, GREEN)
    expect(sidecar.only(mutex)).toBeUndefined()
    expect(sidecar.mayHave(mutex)).toBe(true)
  })

  it('may have everything while it is being filled, and then what the rows and the changes since say', async () => {
    const sidecar = createSidecar(MASK)
    const [held, gone, fresh, none] = ['held', 'gone', 'fresh', 'none'].map((name): Observable => ({
      type: 'mutex',
      value: name,
    })) as [Observable, Observable, Observable, Observable]
    const started = Promise.withResolvers<void>()
    const filled = sidecar.fill(
      (async function* (): AsyncGenerator<SidecarRow> {
        yield [observableKey(held, sidecar.key), GREEN, cellOf(1, 1)]
        await started.promise
        yield [observableKey(gone, sidecar.key), GREEN, cellOf(2, 1)]
      })(),
    )
    sidecar.change(observableKey(gone, sidecar.key), GREEN, 0)
    sidecar.change(observableKey(fresh, sidecar.key), 0, CLEAR, cellOf(3, 0))
    expect(sidecar.mayHave(none)).toBe(true)
    expect(sidecar.only(held)).toBeUndefined()
    expect(sidecar.networkLengths(4, CLEAR)).toHaveLength(32)
    started.resolve()
    await filled
    expect([held, gone, fresh, none].map((each) => sidecar.mayHave(each))).toEqual([true, false, true, false])
    expect([held, gone, fresh, none].map((each) => sidecar.only(each)?.sequence)).toEqual([
      1,
      undefined,
      3,
      undefined,
    ])
  })

  it('stays unsure of everything when filling it fails', async () => {
    const sidecar = createSidecar(MASK)
    const rows = (async function* (): AsyncGenerator<SidecarRow> {
      yield [observableKey({ type: 'mutex', value: 'a' }, sidecar.key), GREEN]
      throw new Error('no more')
    })()
    await expect(sidecar.fill(rows)).rejects.toThrow('no more')
    expect(sidecar.mayHave({ type: 'mutex', value: 'b' })).toBe(true)
    await expect(sidecar.save('/dev/null/never', 1)).rejects.toThrow(TypeError)
  })
})

describe(loadSidecar, () => {
  let folder: string
  let path: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sidecar-'))
    path = join(folder, 'sidecar')
  })
  afterEach(() => rm(folder, { recursive: true }))

  it('gives back what was saved, and only for that commit of that store', async () => {
    const saved = createSidecar(MASK)
    const model = play(saved, fc.sample(change, { numRuns: 300, seed: 1 }))
    await saved.save(path, 42)
    expect(await readdir(folder)).toEqual(['sidecar'])
    const loaded = (await loadSidecar(path, { mask: MASK, commit: 42 })) as Sidecar
    expect([loaded.size, loaded.bytes]).toEqual([saved.size, saved.bytes])
    expect(await fingerprintsOf(loaded, CLEAR)).toEqual(expectedOf(model, CLEAR))
    expect(loaded.networkLengths(4, GREEN)).toEqual(saved.networkLengths(4, GREEN))
    for (const { observable, labels } of model.values()) {
      const key = observableKey(observable, loaded.key)
      expect(loaded.only(observable)).toEqual(saved.only(observable))
      loaded.change(key, labels, 0)
    }
    expect(loaded.size).toBe(0)
    expect(await loadSidecar(path, { mask: MASK, commit: 43 })).toBeUndefined()
    expect(await loadSidecar(path, { mask: new Uint8Array(32), commit: 42 })).toBeUndefined()
    expect(await loadSidecar(join(folder, 'other'), { mask: MASK, commit: 42 })).toBeUndefined()
  })

  it('takes nothing that was damaged', async () => {
    const saved = createSidecar(MASK)
    play(saved, fc.sample(change, { numRuns: 300, seed: 2 }))
    await saved.save(path, 1)
    const whole = await readFile(path)
    for (const at of [0, 32, 41, 5201, 5300, whole.length - 1]) {
      const bytes = Buffer.from(whole)
      bytes[at] = (bytes[at] as number) ^ 0x40
      await writeFile(path, bytes)
      expect(await loadSidecar(path, { mask: MASK, commit: 1 })).toBeUndefined()
    }
    await writeFile(path, Buffer.concat([whole, Buffer.alloc(1)]))
    expect(await loadSidecar(path, { mask: MASK, commit: 1 })).toBeUndefined()
    for (const length of [0, 20, 60, 5210, whole.length - 40, whole.length - 1]) {
      await writeFile(path, whole)
      await truncate(path, length)
      expect(await loadSidecar(path, { mask: MASK, commit: 1 })).toBeUndefined()
    }
  })
})

type Model = Map<string, Change>

/** Tells a sidecar of changes, and keeps the plain truth beside it. */
function play(sidecar: Sidecar, changes: readonly Change[]): Model {
  const model: Model = new Map()
  for (const { observable, labels, only } of changes) {
    const before = model.get(nameOf(observable))?.labels ?? 0
    sidecar.change(observableKey(observable, sidecar.key), before, labels, only)
    model.set(nameOf(observable), { observable, labels, only })
  }
  return model
}

function cellOf(sequence: number, flags: number): Cell {
  return { sequence, flags, type: 1, organisation: 1 }
}

function nameOf({ type, value: text }: Observable): string {
  return `${type} ${text}`
}

async function fingerprintsOf(sidecar: Sidecar, labels: number): Promise<readonly bigint[]> {
  const all: bigint[] = []
  for (const sort of FINGERPRINT_SORTS) {
    const { count, pieces } = await sidecar.fingerprints(sort, labels)
    const bytes = Buffer.concat([...pieces])
    expect(bytes.length).toBe(8 * count)
    const found = Array.from({ length: count }, (_, i) => bytes.readBigUInt64LE(8 * i))
    expect(found).toEqual(inOrder(found))
    all.push(...found)
  }
  return inOrder(all)
}

function expectedOf(model: Model, labels: number): readonly bigint[] {
  const words = new Uint32Array(2)
  const key = createSidecar(MASK).key
  const found = [...model.values()]
    .filter((each) => (each.labels & labels) !== 0)
    .map(({ observable }) => {
      fingerprintOf(key, observable, words)
      return (BigInt(words[1] as number) << 32n) | BigInt(words[0] as number)
    })
  return inOrder(found)
}

function inOrder(numbers: readonly bigint[]): readonly bigint[] {
  return numbers.toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0))
}

function lengthsOf(model: Model, family: 4 | 6, labels: number): readonly number[] {
  const lengths = [...model.values()]
    .filter(({ observable, labels: has }) => observable.type === 'cidr' && (has & labels) !== 0)
    .filter(({ observable }) => observable.value.includes(':') === (family === 6))
    .map(({ observable }) => Number(observable.value.split('/')[1]))
  return [...new Set(lengths)].toSorted((a, b) => b - a)
}
