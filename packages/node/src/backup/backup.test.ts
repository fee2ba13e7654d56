import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import { encodeCbor, MeshError } from '@intelmesh/protocol'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest'
import { homePaths } from '../home/index.ts'
import { createAco } from '../set-up-home.ts'
import { decodeFrames, encodeFrame, type Frame, MAX_FRAME_BYTES } from './frames.ts'
import { placeOf } from './home-files.ts'
import { readBackup } from './read-backup.ts'
import { writeBackup } from './write-backup.ts'

const NEVER = new AbortController().signal
const ROWS = [new Uint8Array(300_000).fill(7), new Uint8Array([1, 2, 3]), new Uint8Array(0)]
const MAGIC_BYTES = 16
const HASH_BYTES = 32

let folder: string
let home: string
let whole: Uint8Array

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'intelmesh-backup-'))
  home = join(folder, 'home')
  await createAco({
    home,
    name: 'Test ACO',
    cluster: 'finance.eu',
    settings: {},
    protection: { kind: 'plain' },
  })
  await write(join(folder, 'whole'))
  whole = await readFile(join(folder, 'whole'))
})
afterAll(() => rm(folder, { recursive: true }))

describe(writeBackup, () => {
  it('writes a private file that gives back every file and row, and nothing that belongs to a process', async () => {
    await Promise.all(['api.token', 'run.json'].map((name) => writeFile(join(home, name), 'x')))
    const path = join(folder, 'given')
    const { files } = await write(path)
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    const taken: Uint8Array[] = []
    const backup = await readBackup(path, async (rows) => void taken.push(...(await gather(rows))), NEVER)
    expect(Buffer.concat(taken)).toEqual(Buffer.concat(ROWS))
    expect([...backup.files.keys()]).toEqual(files)
    expect(files).toEqual(
      expect.arrayContaining(['intelmesh.toml', 'certificates', 'node.key', 'operator.key', 'root.key']),
    )
    expect(
      files.filter((name) => !/^(intelmesh\.toml|certificates|\w+\.key|kem\/\w+\.key)$/.test(name)),
    ).toEqual([])
    for (const [name, bytes] of backup.files)
      expect(Buffer.from(bytes), name).toEqual(await readFile(placeOf(homePaths(home), name) ?? ''))
    expect(backup).toMatchObject({
      at: 5,
      identity: { cluster: 'finance.eu', organisation: { name: 'Test ACO' }, isAco: true },
    })
  })

  it('replaces nothing unless it is told to, and leaves nothing half-written', async () => {
    const path = join(folder, 'kept')
    await writeFile(path, 'kept')
    expect(await codeWhen(write(path))).toBe('FILE_EXISTS')
    const failing = write(path, { mayReplace: true, rows: cut() })
    await expect(failing).rejects.toThrow('cut')
    expect(await readFile(path, 'utf8')).toBe('kept')
    await write(path, { mayReplace: true })
    expect(await codeOfReading(await readFile(path))).toBe('none')
    expect((await readdir(folder)).filter((name) => name.endsWith('.partial'))).toEqual([])
  })

  it('needs a home that is somebody’s', async () => {
    const paths = homePaths(join(folder, 'nobody'))
    const options = { at: 0, mayReplace: false, signal: NEVER }
    const writing = writeBackup(join(folder, 'none'), { paths, store: stream(ROWS) }, options)
    expect(await codeWhen(writing)).toBe('HOME_MISSING')
  })

  it('stops when it is told to', async () => {
    const path = join(folder, 'stopped')
    await expect(write(path, { signal: AbortSignal.abort() })).rejects.toThrow()
    await expect(stat(path)).rejects.toThrow()
  })
})

describe(readBackup, () => {
  it('refuses every other length', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(whole.length - 1), async (length) => {
        expect(await codeOfReading(whole.subarray(0, length))).toMatch(/^BACKUP_/)
      }),
      { numRuns: 60 },
    )
    expect(await codeOfReading(Buffer.concat([whole, new Uint8Array(1)]))).toMatch(/^BACKUP_/)
  })

  it('refuses every flipped bit', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(whole.length - 1), fc.nat(7), async (at, bit) => {
        const bent = Uint8Array.from(whole)
        bent[at] = (bent[at] ?? 0) ^ (1 << bit)
        expect(await codeOfReading(bent)).toMatch(/^BACKUP_/)
      }),
      { numRuns: 100 },
    )
  })

  it('says when a later version wrote it', async () => {
    const later = Uint8Array.from(whole)
    later[MAGIC_BYTES - 1] = 2
    expect(await codeOfReading(later)).toBe('BACKUP_NEWER')
  })

  it('says that there is no such file', async () => {
    expect(await codeWhen(readBackup(join(folder, 'absent'), swallow, NEVER))).toBe('BACKUP_MISSING')
    expect(await codeWhen(readBackup(folder, swallow, NEVER))).toBe('BACKUP_MALFORMED')
    execFileSync('mkfifo', [join(folder, 'pipe')])
    expect(await codeWhen(readBackup(join(folder, 'pipe'), swallow, NEVER))).toBe('BACKUP_MALFORMED')
  })

  test.for([
    '../outside',
    '/etc/passwd',
    'kem/../node.key',
    'kem/0123456789abcdef.key/x',
    'store/CURRENT',
    'api.token',
    'run.json',
    'lock/1',
    'NODE.KEY',
    '__proto__',
    'constructor',
    '',
  ])('refuses a file named %j, whose checksum is right', async (name) => {
    const forged = forge((frames) => [...frames.slice(0, -1), fileFrame(name), END])
    expect(await codeOfReading(forged)).toBe('BACKUP_MALFORMED')
  })

  test.for<readonly [string, (frames: readonly Frame[]) => readonly Frame[]]>([
    ['a file twice', (frames) => [...frames.slice(0, -1), fileFrame('intelmesh.toml'), END]],
    ['no end', (frames) => frames.slice(0, -1)],
    ['two ends', (frames) => [...frames, END]],
    ['no beginning', (frames) => frames.slice(1)],
    ['nothing', () => []],
    ['only an end', () => [END]],
    [
      'rows after files',
      (frames) => [...frames.slice(0, -1), { kind: 'store', payload: new Uint8Array(1) }, END],
    ],
    ['no key', (frames) => frames.filter((frame) => !nameOf(frame).includes('node.key'))],
    [
      'a beginning that is no pair',
      (frames) => [{ kind: 'about', payload: encodeCbor(7) }, ...frames.slice(1)],
    ],
    [
      'more bytes of files than a home has',
      (frames) => [
        ...frames.slice(0, -1),
        ...Array.from({ length: 40 }, (_, i) =>
          fileFrame(`kem/${i.toString(16).padStart(16, '0')}.key`, new Uint8Array(1_000_000)),
        ),
        END,
      ],
    ],
  ])('refuses %s, whose checksum is right', async ([, change]) => {
    expect(await codeOfReading(forge(change))).toMatch(/^BACKUP_/)
  })

  it('refuses a key that is not that of the certificates', async () => {
    const other = join(folder, 'other')
    await createAco({
      home: other,
      name: 'Other',
      cluster: 'finance.eu',
      settings: {},
      protection: { kind: 'plain' },
    })
    const key = await readFile(join(other, 'node.key'))
    const forged = forge((frames) =>
      frames.map((frame) => (nameOf(frame).includes('node.key') ? fileFrame('node.key', key) : frame)),
    )
    expect(await codeOfReading(forged)).toBe('BACKUP_MISMATCH')
  })

  it('refuses what inflates to fill a disk', async () => {
    const zeros = { kind: 'store', payload: new Uint8Array(MAX_FRAME_BYTES) } as const
    const bomb = forge((frames) => [
      ...frames.slice(0, 1),
      ...Array.from({ length: 80 }, () => zeros),
      ...frames.slice(1),
    ])
    expect(bomb.length).toBeLessThan(100_000)
    expect(await codeOfReading(bomb)).toBe('BACKUP_MALFORMED')
  })
})

describe(decodeFrames, () => {
  it('reads what was written, in whatever pieces it comes', async () => {
    const payload = fc.uint8Array({ maxLength: 40 })
    await fc.assert(
      fc.asyncProperty(
        fc.array(payload, { maxLength: 5 }),
        fc.integer({ min: 1, max: 30 }),
        async (rows, size) => {
          const frames: readonly Frame[] = [
            ...rows.map((row) => ({ kind: 'store', payload: row }) as const),
            END,
          ]
          const bytes = Buffer.concat(frames.map(encodeFrame))
          const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) =>
            bytes.subarray(i * size, (i + 1) * size),
          )
          const read = await gather(decodeFrames(stream(pieces)))
          expect(read.map(({ kind, payload: [...row] }) => ({ kind, row }))).toEqual(
            frames.map(({ kind, payload: [...row] }) => ({ kind, row })),
          )
        },
      ),
    )
  })
})

const END: Frame = { kind: 'end', payload: new Uint8Array(0) }

function fileFrame(name: string, bytes: Uint8Array = new Uint8Array(1)): Frame {
  return { kind: 'file', payload: encodeCbor([name, new Uint8Array(bytes)]) }
}

function nameOf({ kind, payload }: Frame): string {
  return kind === 'file' ? Buffer.from(payload.subarray(0, 20)).toString('latin1') : ''
}

/** The whole backup with other frames, compressed and summed as its writer would. */
function forge(change: (frames: readonly Frame[]) => readonly Frame[]): Uint8Array {
  const content = zstdDecompressSync(whole.subarray(MAGIC_BYTES, -HASH_BYTES))
  const frames: Frame[] = []
  for (let at = 0; at < content.length;) {
    const length = content.readUInt32BE(at + 1)
    const kind = (['about', 'store', 'file', 'end'] as const)[content[at] ?? 0] ?? 'end'
    frames.push({ kind, payload: Uint8Array.from(content.subarray(at + 5, at + 5 + length)) })
    at += 5 + length
  }
  const inside = zstdCompressSync(Buffer.concat(change(frames).map(encodeFrame)))
  const before = Buffer.concat([whole.subarray(0, MAGIC_BYTES), inside])
  return Buffer.concat([before, createHash('sha256').update(before).digest()])
}

async function write(
  path: string,
  {
    rows = stream(ROWS),
    mayReplace = false,
    signal = NEVER,
  }: { rows?: AsyncIterable<Uint8Array>; mayReplace?: boolean; signal?: AbortSignal } = {},
) {
  return writeBackup(path, { paths: homePaths(home), store: rows }, { at: 5, mayReplace, signal })
}

/** The code with which reading these bytes ends, or `none`. */
async function codeOfReading(bytes: Uint8Array): Promise<string> {
  const path = join(folder, `case-${crypto.randomUUID()}`)
  await writeFile(path, bytes)
  const code = await codeWhen(readBackup(path, swallow, NEVER))
  await rm(path)
  return code
}

async function codeWhen(work: Promise<unknown>): Promise<string> {
  try {
    await work
    return 'none'
  } catch (error) {
    if (error instanceof MeshError) return error.code
    throw error
  }
}

async function swallow(rows: AsyncIterable<Uint8Array>): Promise<void> {
  await gather(rows)
}

async function* stream<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items
}

async function* cut(): AsyncGenerator<Uint8Array> {
  yield new Uint8Array(10)
  throw new Error('cut')
}

async function gather<T>(items: AsyncIterable<T>): Promise<T[]> {
  const gathered: T[] = []
  for await (const item of items) gathered.push(item)
  return gathered
}
