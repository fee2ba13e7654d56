import { type ChainHead, fromHex } from '@intelmesh/protocol'
import { describe, expect, it, test } from 'vitest'
import type { HeaderRow, Store } from '../store/index.ts'
import { hashOf, sampleHeader } from '../store/testing/sample-rows.ts'
import { createLines, type Lines } from './lines.ts'

const CHAIN = hashOf('chain').slice(0, 32)
const chain = [0, 1, 2, 3, 4].map((seq) => linkOf('main', seq))
const fork = linkOf('fork', 3, 'main 2')
const LONG = 300

describe(createLines, () => {
  test.each([
    ['at the head', 2, chain[2], true],
    ['below the head', 4, chain[0], true],
    ['above the head', 2, chain[3], false],
    ['beside the head, by a fork', 4, fork, false],
    ['of a chain that no head is named for', 4, { ...chain[1], chain: hashOf('x').slice(0, 32) }, false],
  ] as const)('tells what is %s', async (_, head, header, expected) => {
    const { lines } = open([...chain, fork])
    expect(await lines.isLinked(headsAt(chain[head]), header as HeaderRow)).toBe(expected)
  })

  it('leaves it open while a header in between is missing, and goes on when it has come', async () => {
    const { lines, held } = open(chain.filter(({ seq }) => seq !== 2))
    const heads = headsAt(chain[4])
    const [bottom, , missing] = chain as [HeaderRow, HeaderRow, HeaderRow]
    expect(await lines.isLinked(heads, bottom)).toBeUndefined()
    expect(await lines.isLinked(heads, missing)).toBe(true)
    expect(await lines.gapBelow(headFor(chain[4]))).toEqual({ hash: missing.hash, seq: 2 })
    held.set(missing.hash, missing)
    expect(await lines.isLinked(heads, bottom)).toBe(true)
    expect(await lines.gapBelow(headFor(chain[4]))).toBeUndefined()
    const none = open([]).lines
    expect(await none.isLinked(heads, bottom)).toBeUndefined()
    expect(await none.isLinked(heads, chain[4] as HeaderRow)).toBe(true)
    expect(await none.gapBelow(headFor(chain[4]))).toEqual({ hash: chain[4]?.hash, seq: 4 })
  })

  it('takes either side of a fork when both heads are named', async () => {
    const { lines } = open([...chain, fork])
    const heads = headsAt(chain[3], fork)
    for (const header of [fork, chain[3], chain[2]] as HeaderRow[])
      expect(await lines.isLinked(heads, header)).toBe(true)
    expect(await lines.isLinked(heads, chain[4] as HeaderRow)).toBe(false)
  })

  it('does not go beyond the beginning of a chain that claims a lower seq than it has', async () => {
    const odd = linkOf('odd', 3)
    const { lines } = open([odd])
    expect(await lines.isLinked(headsAt(odd), { ...odd, hash: hashOf('none'), seq: 1 })).toBe(false)
  })

  it('walks a chain once for each head, whatever is asked and however often it is opened', async () => {
    const rows = Array.from({ length: LONG }, (_, seq) => linkOf('main', seq))
    const opened = open(rows)
    const heads = headsAt(rows[LONG - 1])
    const ask = (lines: Lines): Promise<unknown> =>
      Promise.all(rows.map((row) => lines.isLinked(heads, row))).then((linked) => new Set(linked))
    expect(await ask(opened.lines)).toEqual(new Set([true]))
    expect(opened.reads()).toBe(LONG - 1)
    const again = createLines(opened.store)
    expect(await ask(again)).toEqual(new Set([true]))
    expect(await again.gapBelow(headFor(rows[LONG - 1]))).toBeUndefined()
    expect(opened.reads()).toBe(LONG)
  })

  it('writes little for each header that fills a gap from the head downwards', async () => {
    const { lines, held, written } = open([])
    const rows = Array.from({ length: LONG }, (_, seq) => linkOf('main', seq)).toReversed()
    for (const row of rows) {
      expect(await lines.isLinked(headsAt(rows[0]), row)).toBe(true)
      held.set(row.hash, row)
    }
    expect(written() / LONG).toBeLessThan(4_096)
  })

  it('is where it was when a row could not be written', async () => {
    const { store, lines, fail } = open(chain)
    fail(true)
    await expect(lines.isLinked(headsAt(chain[4]), chain[0] as HeaderRow)).rejects.toThrow('the disk is full')
    fail(false)
    for (const each of [lines, createLines(store)])
      expect(await each.isLinked(headsAt(chain[4]), chain[0] as HeaderRow)).toBe(true)
  })
})

interface Opened {
  readonly lines: Lines
  readonly store: Pick<Store, 'header' | 'ledger' | 'commit'>
  readonly held: Map<string, HeaderRow>
  /** Headers read. */
  readonly reads: () => number
  /** Bytes of rows written. */
  readonly written: () => number
  readonly fail: (isFull: boolean) => void
}

function open(rows: readonly HeaderRow[]): Opened {
  const held = new Map(rows.map((row) => [row.hash, row]))
  const ledger = new Map<string, string>()
  let [reads, written, isFull] = [0, 0, false]
  const store: Opened['store'] = {
    async header(hash) {
      reads++
      return held.get(hash)
    },
    ledger: async (key) => JSON.parse(ledger.get(key) ?? 'null') ?? undefined,
    async commit(changes) {
      if (isFull) throw new RangeError('the disk is full')
      for (const [key, value] of Object.entries(changes.ledger ?? {})) {
        ledger.set(key, JSON.stringify(value))
        written += key.length + (ledger.get(key)?.length ?? 0)
      }
    },
  }
  return {
    lines: createLines(store),
    store,
    held,
    reads: () => reads,
    written: () => written,
    fail: (full) => (isFull = full),
  }
}

/** The header `<name> <seq>`, which hangs below that of the seq before unless another is given. */
function linkOf(name: string, seq: number, previous = `${name} ${seq - 1}`): HeaderRow {
  return sampleHeader(`${name} ${seq}`, {
    seq,
    chain: CHAIN,
    ...(seq > 0 && name !== 'odd' && { previous: hashOf(previous) }),
  })
}

function headFor(row: HeaderRow | undefined): ChainHead {
  const { chain: id, seq, hash } = row as HeaderRow
  return { chain: fromHex(id), seq, hash: fromHex(hash) }
}

function headsAt(...rows: readonly (HeaderRow | undefined)[]): ReadonlyMap<string, readonly ChainHead[]> {
  return new Map([[CHAIN, rows.map(headFor)]])
}
