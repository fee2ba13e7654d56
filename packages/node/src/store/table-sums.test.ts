import { mkdir, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createTableSums, type TableSums } from './table-sums.ts'

let folder: string
let level: string
let path: string
/** As of the process before. */
let sums: TableSums

const DAMAGED = { code: 'STORE_DAMAGED' }
const open = (): TableSums => createTableSums({ level, path })

function write(name: string, text: string): Promise<void> {
  return writeFile(join(level, name), text)
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sums-'))
  level = join(folder, 'level')
  path = join(folder, 'tables.crc32')
  await mkdir(level)
  await write('000005.ldb', 'five')
  await write('000007.ldb', 'x'.repeat(3_000_000))
  sums = open()
  await sums.note(['000005.ldb', '000007.ldb'])
})

afterEach(() => rm(folder, { recursive: true }))

describe(createTableSums, () => {
  it('finds a table that is not as it was, in the same process and the next', async () => {
    for (const each of [sums, open()]) await each.check()
    await write('000007.ldb', `${'x'.repeat(2_999_999)}y`)
    for (const each of [sums, open()]) await expect(each.check()).rejects.toMatchObject(DAMAGED)
    await write('000007.ldb', 'x'.repeat(3_000_000))
    await open().check()
    await truncate(join(level, '000005.ldb'), 3)
    await expect(open().check()).rejects.toMatchObject(DAMAGED)
  })

  it('says nothing of tables that are gone, or were never noted', async () => {
    await rm(join(level, '000005.ldb'))
    await write('000009.ldb', 'nine')
    await open().check()
    await sums.note(['000009.ldb', '000007.ldb'])
    expect((await readFile(path, 'utf8')).split('\n').map((line) => line.slice(0, 10))).toEqual([
      '000007.ldb',
      '000009.ldb',
      expect.stringMatching(/^[0-9a-f]{8}$/),
      '',
    ])
  })

  it('forgets a file that LevelDB makes nothing of, and whose name it may give again', async () => {
    await write('000009.ldb', 'half of ni')
    await sums.note(['000005.ldb'])
    await write('000009.ldb', 'nine')
    await write('000007.ldb', 'another')
    await open().check()
    await write('000005.ldb', 'FIVE')
    await expect(open().check()).rejects.toMatchObject(DAMAGED)
  })

  it('believes no notes that are not as they were written', async () => {
    const text = await readFile(path, 'utf8')
    for (const changed of ['', text.slice(1), text.slice(0, -1), text.replace(/[0-9a-f]{8}/, '00000000')]) {
      await writeFile(path, changed)
      await open().check()
    }
  })
})
