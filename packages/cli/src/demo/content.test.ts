import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { CommandContext } from '../context.ts'
import { readContent } from './content.ts'
import { valueOf } from './value-of.ts'

const context = {
  now: () => Date.UTC(2026, 0, 1),
  signal: new AbortController().signal,
} as CommandContext
const MEMBERS = 4

describe(readContent, () => {
  it('gives each member feeds of its own, several thousand objects in all', async () => {
    const { parcels } = await readContent({ members: MEMBERS, seed: '1', input: [] }, context)
    expect(parcels).toHaveLength(MEMBERS)
    const titles = parcels.flat().map(({ title }) => title)
    expect(new Set(titles).size).toBe(titles.length)
    expect(parcels.flat().flatMap(({ items }) => items).length).toBeGreaterThan(3_000)
    for (const own of parcels) expect(own.map(({ tlp }) => tlp)).toEqual(['clear', 'green'])
  })

  it('chooses the same for the same seed, and otherwise for another', async () => {
    const read = (seed: string): Promise<unknown> =>
      readContent({ members: MEMBERS, seed, input: [] }, context)
    expect(await read('1')).toEqual(await read('1'))
    expect(await read('1')).not.toEqual(await read('2'))
  })

  it('keeps single indicators for later, each with a value', async () => {
    const { later } = await readContent({ members: MEMBERS, seed: '1', input: [] }, context)
    expect(later.filter((item) => valueOf({ item }) === undefined)).toEqual([])
    expect(later.length).toBeGreaterThan(100)
  })

  it('spreads given files over the members, and marking definitions to each of them', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'intelmesh-test-'))
    try {
      const [list, bundle] = [join(folder, 'ips.txt'), join(folder, 'marking.json')]
      await writeFile(
        list,
        'nothing that is a value\n198.51.100.1\n198.51.100.2\n198.51.100.3\n198.51.100.4\n198.51.100.5\n',
      )
      await writeFile(bundle, JSON.stringify(MARKING))
      const input = [list, bundle]
      const { parcels, unreadable } = await readContent({ members: MEMBERS, seed: '1', input }, context)
      expect(parcels.map(([ips]) => ips?.items.length)).toEqual([2, 1, 1, 1])
      expect(unreadable).toEqual(['INPUT_VALUE_UNRECOGNISED'])
      expect(parcels.map(([, markings]) => markings?.items.length)).toEqual([1, 1, 1, 1])
    } finally {
      await rm(folder, { recursive: true })
    }
  })
})

const MARKING = {
  type: 'marking-definition',
  spec_version: '2.1',
  id: 'marking-definition--5c1bd8a3-9cbd-4d2c-9d7f-6f9b9a3a1c11',
  created: '2024-01-01T00:00:00.000Z',
  definition_type: 'statement',
  definition: { statement: 'for tests' },
}
