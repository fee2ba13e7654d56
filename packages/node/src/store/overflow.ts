import { type Cell, CELL_BYTES, encodeCell, readCell } from './cells.ts'
import type { Database, Operation } from './database.ts'
import { joinKeys, numberKey, ORDER_BYTES, orderKey, readNumber } from './keys.ts'
import { TABLES, type TableName } from './tables.ts'

/** A row of postings, and the organisation of which it counts records that it does not list. */
export interface OverflowPlace {
  readonly table: TableName
  readonly key: Uint8Array
  readonly organisation: number
}

/** Blocks of cells that rows count and do not list, as a batch is going to leave them. A block is named by its first sequence for good. */
export interface OverflowDraft {
  /** Puts cells away, ascending and newer than all that are. */
  put(place: OverflowPlace, cells: readonly Cell[]): void
  /** Takes a record out of the block that holds it. */
  remove(place: OverflowPlace, sequence: number): Promise<void>
  /** Takes the newest block; empty where there is none. */
  takeNewest(place: OverflowPlace): Promise<readonly Cell[]>
  operations(): readonly Operation[]
}

/** Blocks over what is on disk. */
export function createOverflowDraft(database: Pick<Database, 'entries'>): OverflowDraft {
  /** By place, and by first sequence; without cells, deleted. */
  const changed = new Map<
    string,
    { readonly prefix: Uint8Array; readonly blocks: Map<number, readonly Cell[]> }
  >()

  function blocksOf(place: OverflowPlace): { prefix: Uint8Array; blocks: Map<number, readonly Cell[]> } {
    const prefix = blockPrefix(place)
    const name = Buffer.from(prefix).toString('latin1')
    const known = changed.get(name) ?? { prefix, blocks: new Map<number, readonly Cell[]>() }
    changed.set(name, known)
    return known
  }

  /** The newest block that begins at or before a sequence. */
  async function blockAt(
    place: OverflowPlace,
    sequence: number,
  ): Promise<{ first: number; cells: readonly Cell[] } | undefined> {
    const { prefix, blocks } = blocksOf(place)
    const firsts = [...blocks].flatMap(([first, cells]) =>
      cells.length > 0 && first <= sequence ? first : [],
    )
    let found = firsts.length === 0 ? undefined : Math.max(...firsts)
    const range = { prefix, until: joinKeys(prefix, orderKey(sequence + 1)), reverse: true }
    for await (const [key, row] of database.entries('overflow', range)) {
      const first = readNumber(key, key.length - ORDER_BYTES, ORDER_BYTES)
      if (found !== undefined && first <= found) break
      if (blocks.has(first)) continue
      blocks.set(first, splitCells(row))
      found = first
      break
    }
    return found === undefined ? undefined : { first: found, cells: blocks.get(found) ?? [] }
  }

  return {
    put(place, cells) {
      const [oldest] = cells
      if (oldest !== undefined) blocksOf(place).blocks.set(oldest.sequence, cells)
    },
    async remove(place, sequence) {
      const block = await blockAt(place, sequence)
      if (block === undefined) return
      const left = block.cells.filter((cell) => cell.sequence !== sequence)
      blocksOf(place).blocks.set(block.first, left)
    },
    async takeNewest(place) {
      const block = await blockAt(place, MAX_SEQUENCE)
      if (block === undefined) return []
      blocksOf(place).blocks.set(block.first, [])
      return block.cells
    },
    operations: () =>
      [...changed.values()].flatMap(({ prefix, blocks }) =>
        [...blocks].map(([first, cells]) => ({
          table: 'overflow' as const,
          key: joinKeys(prefix, orderKey(first)),
          value: cells.length === 0 ? undefined : joinKeys(...cells.map(encodeCell)),
        })),
      ),
  }
}

/** Cells that a row does not list, of one organisation: the newest first. */
export async function* unlistedCells(
  database: Pick<Database, 'entries'>,
  place: OverflowPlace,
): AsyncIterable<Cell> {
  const range = { prefix: blockPrefix(place), reverse: true }
  for await (const [, row] of database.entries('overflow', range)) yield* splitCells(row).toReversed()
}

/** What begins the keys of blocks: the table, the length of the key in it, the key, the organisation. */
function blockPrefix({ table, key, organisation }: OverflowPlace): Uint8Array {
  return joinKeys(Uint8Array.of(TABLES[table]), numberKey(key.length, 2), key, numberKey(organisation, 3))
}

function splitCells(row: Uint8Array): readonly Cell[] {
  return Array.from({ length: row.length / CELL_BYTES }, (_, i) => readCell(row, i * CELL_BYTES))
}

const MAX_SEQUENCE: number = 256 ** ORDER_BYTES - 2
