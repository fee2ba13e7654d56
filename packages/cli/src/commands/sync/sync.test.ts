import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { NodeApi, SyncImportReport } from '@intelmesh/node'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { NOW, runTest } from '../../testing/test-context.ts'
import { exportCommand } from './export.ts'
import { importCommand } from './import.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sync-'))
})
afterEach(() => rm(folder, { recursive: true }))

const REPORT: SyncImportReport = {
  file: 'ab'.repeat(16),
  from: { node: 'cd'.repeat(32), made: '2029-12-31T12:00:00.000Z' },
  isWhole: true,
  frames: { taken: 4, skipped: 0, damaged: 0 },
  sets: [{ set: 'green', carried: 5, taken: 3, held: 2, here: 5, there: 5 }],
  refused: [],
  missingCertificates: [],
  chainGaps: [],
  hourGaps: [],
}

describe(exportCommand.name, () => {
  it('writes what the node gives, and asks only for what came since', async () => {
    const asked: unknown[] = []
    const api: Partial<NodeApi> = {
      async *syncExport(request) {
        asked.push(request)
        yield new Uint8Array([1, 2])
        yield new Uint8Array([3])
      },
    }
    const path = join(folder, 'a.sync')
    expect((await runTest(['sync', 'export', path, '--since', '7d'], { api })).exit).toBe(0)
    expect([...(await readFile(path))]).toEqual([1, 2, 3])
    expect(asked).toEqual([{ since: new Date(NOW - 7 * 86_400_000).toISOString() }])
    expect((await runTest(['sync', 'export', path], { api })).exit).toBe(2)
    expect((await runTest(['sync', 'export', path, '--force'], { api })).exit).toBe(0)
    expect(asked[1]).toEqual({})
  })

  it('leaves nothing of a file that could not be finished', async () => {
    const api: Partial<NodeApi> = {
      async *syncExport() {
        yield new Uint8Array([1])
        throw new Error('the node is gone')
      },
    }
    expect((await runTest(['sync', 'export', join(folder, 'a.sync')], { api })).exit).toBe(1)
    expect(await readdir(folder)).toEqual([])
  })

  it('writes the file anew where an earlier export was killed, and leaves and names its draft', async () => {
    const path = join(folder, 'a.sync')
    const drafts = [`${path}.partial`, `${path}.0123abcd.partial`]
    for (const draft of drafts) await writeFile(draft, 'half')
    await writeFile(join(folder, 'b.sync.0123abcd.partial'), 'of another file')
    const { exit, err } = await runTest(['sync', 'export', path], { api: { syncExport: () => pieces(1, 2) } })
    expect(exit).toBe(0)
    expect([...(await readFile(path))]).toEqual([1, 2])
    for (const draft of drafts) {
      expect(err).toContain(draft)
      expect(await readFile(draft, 'utf8')).toBe('half')
    }
    expect(err).not.toContain('b.sync')
  })

  it('keeps the draft of another export that runs, whether it fails itself or not', async () => {
    const path = join(folder, 'a.sync')
    const begun = Promise.withResolvers<void>()
    const goOn = Promise.withResolvers<void>()
    async function* slow(): AsyncGenerator<Uint8Array> {
      yield new Uint8Array([1])
      begun.resolve()
      await goOn.promise
      yield new Uint8Array([2])
    }
    async function* failing(): AsyncGenerator<Uint8Array> {
      yield* pieces(3)
      throw new Error('the node is gone')
    }
    const other = runTest(['sync', 'export', path], { api: { syncExport: slow } })
    await begun.promise
    expect((await runTest(['sync', 'export', path], { api: { syncExport: failing } })).exit).toBe(1)
    goOn.resolve()
    expect((await other).exit).toBe(0)
    expect([...(await readFile(path))]).toEqual([1, 2])
    expect(await readdir(folder)).toEqual(['a.sync'])
  })

  it('takes no folder for a file, and no word for an instant', async () => {
    expect((await runTest(['sync', 'export', folder], { api: {} })).exit).toBe(2)
    const path = join(folder, 'a.sync')
    const nowhere = join(folder, 'absent', 'a.sync')
    expect((await runTest(['sync', 'export', nowhere], { api: { syncExport: () => pieces(1) } })).exit).toBe(
      2,
    )
    expect((await runTest(['sync', 'export', path, '--since', 'lately'], { api: {} })).exit).toBe(2)
  })
})

async function* pieces(...bytes: readonly number[]): AsyncGenerator<Uint8Array> {
  for (const byte of bytes) yield new Uint8Array([byte])
}

describe(importCommand.name, () => {
  async function imported(report: SyncImportReport) {
    const path = join(folder, 'b.sync')
    await writeFile(path, 'abc')
    let bytes = 0
    const api: Partial<NodeApi> = {
      async syncImport(file) {
        for await (const piece of file) bytes += piece.length
        return report
      },
    }
    return { ...(await runTest(['sync', 'import', path], { api })), bytes }
  }

  it('hands the file to the node, and says what it brought', async () => {
    const { exit, out, bytes } = await imported(REPORT)
    expect(bytes).toBe(3)
    expect(exit).toBe(0)
    expect(out).toMatchInlineSnapshot(`
      "SET    IN FILE  NEW  HELD  NOW HERE  THERE
      green  5        3    2     5         5
      written 2029-12-31 12:00 by node cdcdcdcdcdcdcdcd
      "
    `)
  })

  it('exits 4 and says what is missing', async () => {
    const { exit, out } = await imported({
      ...REPORT,
      isWhole: false,
      broke: { code: 'CARRY_TRUNCATED', at: 3 },
      frames: { taken: 2, skipped: 0, damaged: 1 },
      refused: [{ code: 'CERT_UNKNOWN', count: 7, reason: 'not come yet' }],
      missingCertificates: ['ef'.repeat(32)],
      chainGaps: [{ author: 'aa'.repeat(32), chain: 'bb'.repeat(16), missing: 2 }],
      hourGaps: [{ set: 'green', hour: '2029-12-31T11:00:00.000Z', here: 1, there: 3 }],
    })
    expect(exit).toBe(4)
    expect(out).toMatchInlineSnapshot(`
      "SET    IN FILE  NEW  HELD  NOW HERE  THERE
      green  5        3    2     5         5
      written 2029-12-31 12:00 by node cdcdcdcdcdcdcdcd
      the file breaks off at frame 3: CARRY_TRUNCATED
      damaged frames: 1; import another copy of the file
      refused with CERT_UNKNOWN: 7 (not come yet)
      missing certificates: 1 (efefefefefefefef)
      chains that lack headers: 1 (bbbbbbbb lacks 2)
      hours that lack records: 1 (green 2029-12-31 11:00: 1 of 3)
      "
    `)
  })

  it('misses the file', async () => {
    expect((await runTest(['sync', 'import', join(folder, 'absent')], { api: {} })).exit).toBe(2)
  })
})
