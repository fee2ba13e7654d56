import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { codeFrom } from '../../../../test/protocol/code-from.ts'
import { entryOf } from '../../../../test/protocol/trees.ts'
import { decodeCellRun, encodeCellRun } from './cell-run.ts'
import { CELL_WORDS, type Cells, createCells, shortIdsOf, toggleIds } from './cells.ts'
import { macKeyOf } from './chaskey.ts'
import { type JoinedIds, joinIds } from './joined-ids.ts'
import { createPeeler, type Peeled } from './peeler.ts'

const key = macKeyOf(Uint8Array.from({ length: 16 }, (_, i) => 7 * i))
const numbers = fc.uniqueArray(fc.nat(9999), { maxLength: 200 })
const idsOf = (list: readonly number[]): JoinedIds => joinIds(list.map((number) => entryOf(0, number).id))
const cellsOf = (list: readonly number[], size = 2048): Cells => {
  const cells = createCells(size)
  toggleIds(cells, key, idsOf(list), 1)
  return cells
}

describe(toggleIds, () => {
  it('gives a set one table, whatever came and went, in any order', () => {
    fc.assert(
      fc.property(numbers, numbers, (kept, passing) => {
        const cells = cellsOf([...passing, ...kept.toReversed()], 256)
        toggleIds(cells, key, idsOf(passing), -1)
        expect(cells).toEqual(cellsOf(kept, 256))
      }),
    )
  })

  it('puts every id into the first cell, and into a tenth of it into the 19th', () => {
    const cells = cellsOf(
      Array.from({ length: 5000 }, (_, i) => i),
      19,
    )
    const counts = Array.from({ length: 19 }, (_, i) => cells.words[i * CELL_WORDS + 4] as number)
    expect(counts[0]).toBe(5000)
    expect(counts[18]).toBeGreaterThan(400)
    expect(counts[18]).toBeLessThan(600)
  })
})

describe(createPeeler, () => {
  it('finds the difference of two sets, however cells come', () => {
    fc.assert(
      fc.property(numbers, numbers, fc.integer({ min: 1, max: 60 }), (a, b, step) => {
        const [theirs, own] = [cellsOf(a), cellsOf(b)]
        const peeler = createPeeler(key, 2048)
        while (!peeler.isDone && peeler.size + step <= 2048) {
          peeler.take(part(theirs, peeler.size, step), own)
          while (peeler.peel(7)) continue
        }
        expect(peeler.isDone).toBe(true)
        expect(hexOf(peeler.peeled)).toEqual({ onlyTheirs: minus(a, b), onlyOwn: minus(b, a) })
      }),
    )
  })

  it('needs few more cells than there are differences, and sees by 128 cells how many these are', () => {
    const [a, b] = [
      Array.from({ length: 3000 }, (_, i) => i),
      Array.from({ length: 3000 }, (_, i) => i + 500),
    ]
    const peeler = createPeeler(key, 2048)
    peeler.take(part(cellsOf(a), 0, 128), cellsOf(b))
    while (peeler.peel(100)) continue
    expect(peeler.isDone).toBe(false)
    expect(peeler.estimate).toBeGreaterThan(600)
    expect(peeler.estimate).toBeLessThan(1500)
    peeler.take(part(cellsOf(a), 128, 1472), cellsOf(b))
    while (peeler.peel(100)) continue
    expect(peeler.isDone).toBe(true)
  })

  it('stops at cells that were made up, with what they hold unexplained', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.infiniteStream(fc.integer()),
        fc.integer({ min: 2, max: 64 }),
        async (words, size) => {
          const junk = createCells(size)
          junk.words.set([...words.take(size * CELL_WORDS)])
          const peeler = createPeeler(key, size)
          peeler.take(junk, createCells(size))
          for (let i = 0; i < 1000 && peeler.peel(100); i++) continue
          expect(peeler.peel(100)).toBe(false)
          expect(peeler.isDone).toBe(false)
          expect(await peeler.residue(new Int32Array(0), new Int32Array(0), breathe)).toBe(size)
        },
      ),
    )
  })

  it('tells cells that are explained by ids found elsewhere from those that are not', async () => {
    // Ids that begin alike have one short id: no cell ever holds one of them alone.
    const twins = [1, 2].map((last) => idsOf([5]).with(31, last))
    const theirs = cellsOf([1, 2, 3])
    toggleIds(theirs, key, joinIds(twins), 1)
    const peeler = createPeeler(key, 2048)
    peeler.take(theirs, cellsOf([3, 4]))
    while (peeler.peel(100)) continue
    expect(peeler.isDone).toBe(false)
    const [need, have] = [shortIdsOf(key, joinIds([idsOf([1, 2]), ...twins])), shortIdsOf(key, idsOf([4]))]
    expect(await peeler.residue(need, have, breathe)).toBe(0)
  })

  it('lets others have their turn while it puts many ids back', async () => {
    const peeler = createPeeler(key, 64)
    const many = shortIdsOf(key, idsOf(Array.from({ length: 20_000 }, (_, i) => i)))
    let turns = 0
    peeler.take(createCells(64), createCells(64))
    expect(await peeler.residue(many, many, async () => void turns++)).toBe(0)
    expect(turns).toBe(2 * 5)
  })
})

describe(encodeCellRun, () => {
  it('is read back, and every other spelling is refused', () => {
    fc.assert(
      fc.property(numbers, fc.nat(200), fc.nat(60), fc.nat(), (list, from, count, change) => {
        const bytes = encodeCellRun(cellsOf(list, 512), from, from + count, list.length)
        const cells = decodeCellRun(bytes, from, count, list.length)
        expect(cells).toEqual(part(cellsOf(list, 512), from, count))
        expect(codeFrom(() => decodeCellRun(bytes, from, count + 1, list.length))).toBe('SYNC_MALFORMED')
        if (bytes.length === 0) return
        const changed = bytes.with(change % bytes.length, (bytes[change % bytes.length] ?? 0) ^ 0x81)
        const read = codeFrom(() => {
          const again = decodeCellRun(changed, from, count, list.length)
          const table = createCells(from + count)
          table.words.set(again.words, from * CELL_WORDS)
          expect(encodeCellRun(table, from, from + count, list.length)).toEqual(changed)
        })
        expect(['NOTHING_THROWN', 'SYNC_MALFORMED']).toContain(read)
      }),
    )
  })
})

describe(macKeyOf, () => {
  it('takes 16 bytes and no others', () => {
    for (const length of [0, 15, 17]) expect(() => macKeyOf(new Uint8Array(length))).toThrow(RangeError)
  })
})

async function breathe(): Promise<void> {}

function part({ words }: Cells, from: number, count: number): Cells {
  return { size: count, words: words.slice(from * CELL_WORDS, (from + count) * CELL_WORDS) }
}

function minus(a: readonly number[], b: readonly number[]): readonly string[] {
  return hexPairs(shortIdsOf(key, idsOf(a.filter((number) => !b.includes(number)))))
}

function hexOf({ onlyTheirs, onlyOwn }: Peeled): {
  onlyTheirs: readonly string[]
  onlyOwn: readonly string[]
} {
  return { onlyTheirs: hexPairs(onlyTheirs), onlyOwn: hexPairs(onlyOwn) }
}

function hexPairs(words: Int32Array): readonly string[] {
  return splitPairs(words).toSorted()
}

function splitPairs(words: Int32Array): readonly string[] {
  return Array.from({ length: words.length / 2 }, (_, i) => `${words[2 * i]} ${words[2 * i + 1]}`)
}
