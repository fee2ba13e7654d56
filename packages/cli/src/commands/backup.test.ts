import { join } from 'node:path'
import type { BackupSummary, RestoredHome } from '@intelmesh/node'
import { MeshError } from '@intelmesh/protocol'
import { describe, expect, it, test } from 'vitest'
import { sizeText } from '../output/backup.ts'
import { runTest } from '../testing/test-context.ts'
import { backupCommand } from './backup.ts'
import { restoreCommand } from './restore.ts'

const SUMMARY: BackupSummary = {
  cluster: 'finance.eu',
  organisation: { id: '69b31424dd254226ce8313f2a77b38f8', name: 'Bank \u{1b}[31mA' },
  node: 'dd'.repeat(32),
  certificate: { id: 'c3'.repeat(32), expires: '2030-01-15T00:00:00.000Z' },
  fingerprint: 'ee'.repeat(32),
  isAco: false,
  made: '2029-12-31T00:00:00.000Z',
  version: '0.1.0',
  records: 5,
  rows: 60,
  files: ['intelmesh.toml', 'certificates', 'node.key', 'kem/0123456789abcdef.key'],
}
const RESTORED: RestoredHome = { ...SUMMARY, home: '/srv/my mesh' }

describe(backupCommand.name, () => {
  it('writes what the node and the home hold, and says how to treat it', async () => {
    const asked: unknown[] = []
    const { exit, out } = await runTest(['backup', '/b/x', '--home', '/srv/mesh'], {
      isRunning: true,
      api: {
        async *backup() {
          yield new Uint8Array([1])
        },
      },
      node: {
        async writeBackup(path, { paths, store }, { at, mayReplace }) {
          asked.push([path, paths.home, at, mayReplace])
          for await (const piece of store) asked.push(piece)
          return { bytes: 1_500_000, storeBytes: 3_000_000, files: SUMMARY.files }
        },
      },
    })
    expect(asked).toEqual([['/b/x', '/srv/mesh', Date.UTC(2030, 0, 1), false], new Uint8Array([1])])
    expect({ exit, out }).toMatchInlineSnapshot(`
      {
        "exit": 0,
        "out": "wrote /b/x
      size   1.5 MB (3.0 MB of rows)
      files  intelmesh.toml, certificates, node.key, 1 key for sealed records
      It holds the keys of this node: keep it as safe as the home. Check it with:
        intelmesh restore /b/x --check
      ",
      }
    `)
  })

  it('is not made of one node’s store and another’s keys', async () => {
    const environment = { INTELMESH_API: 'http://127.0.0.1:1', INTELMESH_TOKEN: 'x' }
    expect((await runTest(['backup', 'x'], { environment })).exit).toBe(2)
  })

  it('takes no folder for a file, and misses the folder of a file', async () => {
    const writeBackup = () => Promise.reject(new MeshError('ENOENT', 'open'))
    const { dirname, filename } = import.meta
    async function exitOf(file: string): Promise<number> {
      const parts = { isRunning: true, api: { backup: none }, node: { writeBackup } }
      return (await runTest(['backup', file], parts)).exit
    }
    expect(await exitOf(dirname)).toBe(2)
    expect(await exitOf(join(dirname, 'absent', 'x'))).toBe(2)
    expect(await exitOf(`${filename}.backup`)).toBe(1)
    expect((await runTest(['restore', dirname])).exit).toBe(2)
  })

  it('says when there is such a file', async () => {
    const writeBackup = () => Promise.reject(new MeshError('FILE_EXISTS', 'x exists'))
    const { exit, err } = await runTest(['backup', 'x'], {
      isRunning: true,
      api: { backup: none },
      node: { writeBackup },
    })
    expect({ exit, err }).toEqual({ exit: 1, err: 'intelmesh: x exists (FILE_EXISTS)\n' })
  })
})

describe(restoreCommand.name, () => {
  it('says what was restored, and what comes next', async () => {
    const { exit, out } = await runTest(['restore', '/b/x', '--home', '/srv/my mesh'], {
      node: { restoreHome: () => Promise.resolve(RESTORED) },
    })
    expect({ exit, out }).toMatchInlineSnapshot(`
      {
        "exit": 0,
        "out": "restored /srv/my mesh
      organisation  Bank \\u{1b}[31mA (69b31424dd254226ce8313f2a77b38f8)
      cluster       finance.eu
      node          dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd
      certificate   until 2030-01-15 00:00
      made          2029-12-31 00:00, by version 0.1.0
      records       5, in 60 rows of the store
      files         intelmesh.toml, certificates, node.key, 1 key for sealed records

      The node that this is a copy of must not run any more: two with one key push each other out of the mesh.
      Run the node with:
        intelmesh run --home '/srv/my mesh'
      ",
      }
    `)
  })

  it('says more when the certificate has ended, and of an ACO', async () => {
    const restored = {
      ...RESTORED,
      certificate: { ...RESTORED.certificate, expires: '2029-12-01T00:00:00.000Z' },
      operatorKeyAside: '/srv/mesh/operator.key.restored',
    }
    const { out } = await runTest(['restore', '/b/x'], {
      node: { restoreHome: () => Promise.resolve(restored) },
    })
    expect(out).toContain('has expired')
    expect(out).toContain('/srv/mesh/operator.key.restored')
  })

  it('only checks with --check', async () => {
    const { exit, out } = await runTest(['restore', '/b/x', '--check'], {
      node: { checkBackup: () => Promise.resolve(SUMMARY) },
    })
    expect(exit).toBe(0)
    expect(out).toContain('/b/x is whole\n')
  })

  test.for([
    ['BACKUP_MISMATCH', 4],
    ['BACKUP_TRUNCATED', 4],
    ['BACKUP_MISSING', 3],
    ['HOME_EXISTS', 1],
  ] as const)('ends a refusal with %s by %i', async ([code, exit]) => {
    const restoreHome = () => Promise.reject(new MeshError(code, 'x'))
    expect((await runTest(['restore', 'x'], { node: { restoreHome } })).exit).toBe(exit)
  })
})

describe(sizeText, () => {
  test.for([
    [0, '0 bytes'],
    [999, '999 bytes'],
    [1000, '1.0 kB'],
    [12_345_678, '12.3 MB'],
    [5e15, '5000.0 TB'],
  ] as const)('%i is %s', ([bytes, text]) => {
    expect(sizeText(bytes)).toBe(text)
  })
})

async function* none(): AsyncGenerator<Uint8Array> {}
