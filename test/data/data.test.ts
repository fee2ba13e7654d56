import { globSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { zstdDecompressSync } from 'node:zlib'
import { describe, expect, it, test } from 'vitest'
import { listData, readData } from './data.ts'

const DEMO = join(import.meta.dirname, '../../packages/cli/data')

/** What a folder carries, but for what describes it. */
function carriedIn(folder: string): readonly string[] {
  return globSync('**/*', { cwd: folder })
    .filter(
      (path) =>
        statSync(join(folder, path)).isFile() && !/^(NOTICES\.md|feeds\.json|data\.(test\.)?ts)$/.test(path),
    )
    .toSorted()
}

/** The first column of a table of notices, and whether each other column is filled. */
function noticesIn(folder: string): readonly string[] {
  const rows = readFileSync(join(folder, 'NOTICES.md'), 'utf8').matchAll(
    /^\| (\S.*?) \| \S.* \| \S.* \| \S.* \|$/gm,
  )
  return [...rows].map(([, file = '']) => file).slice(1)
}

function bytesIn(folder: string): number {
  return carriedIn(folder).reduce((sum, path) => sum + statSync(join(folder, path)).size, 0)
}

describe(readData, () => {
  it('decompresses', () => {
    expect(JSON.parse(new TextDecoder().decode(readData('stix21/idioms/apt1.json')))).toMatchObject({
      type: 'bundle',
    })
  })

  it('reads what is stored as it is', () => {
    expect(new TextDecoder().decode(readData('crypto/jcs/output/arrays.json'))).toBe(
      '[56,{"1":[],"10":null,"d":true}]',
    )
  })

  it('gives undefined for what is nowhere', () => {
    expect(readData('stix21/nothing.json')).toBeUndefined()
  })
})

describe(listData, () => {
  it('lists what readData reads', () => {
    const paths = listData('stix21/versioned-store')
    expect(paths).toHaveLength(20)
    expect(paths.filter((path) => readData(path) === undefined)).toEqual([])
  })
})

describe('what the repository carries', () => {
  test.for([import.meta.dirname, DEMO])('has a notice for every file of %s, and no other', (folder) => {
    expect(noticesIn(folder)).toEqual(carriedIn(folder))
  })

  it('stays small', () => {
    expect(bytesIn(import.meta.dirname)).toBeLessThan(8_000_000)
    expect(bytesIn(DEMO)).toBeLessThan(1_500_000)
  })

  it('is enough for a demonstration', () => {
    const feeds = JSON.parse(readFileSync(join(DEMO, 'feeds.json'), 'utf8')) as readonly {
      readonly file: string
    }[]
    const values = feeds.flatMap(({ file }) => {
      const text = zstdDecompressSync(readFileSync(join(DEMO, file))).toString()
      const { objects } = file.includes('.json')
        ? (JSON.parse(text) as { objects?: readonly { id: string }[] })
        : {}
      return objects?.map(({ id }) => id) ?? text.split('\n')
    })
    expect(feeds.length).toBeGreaterThanOrEqual(5)
    expect(new Set(values).size).toBeGreaterThan(8_000)
  })
})
