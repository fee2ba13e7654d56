import { rm } from 'node:fs/promises'
import { Level } from 'level'

/** LevelDB as its package documents it to be fast: buffers as they are, batches, and look-ups without a promise. */
type RawLevel = Level<Uint8Array, Uint8Array> & {
  getSync(key: Uint8Array): Uint8Array | undefined
  compactRange(from: Uint8Array, to: Uint8Array): Promise<void>
}

/** A row to write. */
export interface RawRow {
  readonly key: Uint8Array
  readonly value: Uint8Array
}

/** LevelDB's default is 8 MiB. */
const CACHE_BYTES: number = 32 * 1024 * 1024

/** Opens a LevelDB that is there, or makes one. */
export async function openRaw(path: string): Promise<RawLevel> {
  const options = { keyEncoding: 'view', valueEncoding: 'view', cacheSize: CACHE_BYTES } as const
  const level = new Level<Uint8Array, Uint8Array>(path, options) as RawLevel
  await level.open()
  return level
}

/** A LevelDB that is written to. */
export interface RawWriter extends AsyncDisposable {
  /** Puts rows in one batch; with `sync` it is on disk on return. */
  write(rows: readonly RawRow[], options: { readonly sync: boolean }): Promise<void>
}

/** A new LevelDB to write to. */
export async function openRawWriter(path: string): Promise<RawWriter> {
  const level = await openRaw(path)
  return {
    write: (rows, options) =>
      level.batch(
        rows.map((row) => ({ type: 'put', ...row }) as const),
        options,
      ),
    [Symbol.asyncDispose]: () => level.close(),
  }
}

/**
 * Writes groups of rows to a new LevelDB, each in one batch that is on disk before the next.
 *
 * @returns ms
 */
export async function writeRaw(path: string, groups: readonly (readonly RawRow[])[]): Promise<number> {
  const writer = await openRawWriter(path)
  const startedAt = performance.now()
  for (const rows of groups) await writer.write(rows, { sync: true })
  const ms = performance.now() - startedAt
  await writer[Symbol.asyncDispose]()
  await rm(path, { recursive: true })
  return ms
}

/** Keys of a LevelDB, at least `count` of them where there are so many and less than twice as many, evenly out of all. */
export async function sampleKeys(level: RawLevel, count: number): Promise<readonly Uint8Array[]> {
  const iterator = level.keys()
  let sample: Uint8Array[] = []
  // How many there are is known at the end: whenever twice as many as wanted are there, every other one goes.
  let [place, step] = [0, 1]
  for (;;) {
    const keys = await iterator.nextv(1000)
    if (keys.length === 0) break
    for (const key of keys) if (place++ % step === 0) sample.push(key)
    if (sample.length < 2 * count) continue
    sample = sample.filter((_, i) => i % 2 === 0)
    step *= 2
  }
  await iterator.close()
  return sample
}

/** How many rows there are, by reading all keys. */
export async function countRows(level: RawLevel): Promise<number> {
  const iterator = level.keys()
  let count = 0
  for (;;) {
    const keys = await iterator.nextv(1000)
    if (keys.length === 0) break
    count += keys.length
  }
  await iterator.close()
  return count
}

/** Has LevelDB merge all of its tables. */
export async function merge(level: RawLevel): Promise<void> {
  await level.compactRange(Uint8Array.of(0), Uint8Array.of(0xff))
}

/**
 * Looks keys up one after the other.
 *
 * @returns ms
 */
export function readRaw(level: RawLevel, keys: readonly Uint8Array[]): number {
  const startedAt = performance.now()
  for (const key of keys) level.getSync(key)
  return performance.now() - startedAt
}
