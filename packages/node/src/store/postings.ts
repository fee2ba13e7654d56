import { type Cell, CELL_BYTES, encodeCell, LABEL, labelIn, readCell } from './cells.ts'
import { joinKeys, ORDER_BYTES } from './keys.ts'

/**
 * Rows that say which records name a value: cells of those listed, in their order of arrival, behind cells that count those that
 * are not. A cell that counts has the number in the place of the sequence, and the flag {@link COUNT} on top of the label.
 */

/** Records listed in one row: more of one value than anybody looks at, and little enough to be written anew at each commit. */
export const MAX_LISTED = 256

/** What a row says. */
export interface PostingRow {
  /** Ascending. */
  readonly listed: readonly Cell[]
  /** How many more there are of an organisation under a label. */
  readonly counts: readonly Count[]
}

export interface Count {
  readonly organisation: number
  /** Flags of the label. */
  readonly flags: number
  readonly count: number
}

/** Whether a cell counts records, rather than naming one. */
export function isCounting({ flags }: Pick<Cell, 'flags'>): boolean {
  return (flags & COUNT) !== 0
}

/** What is in a row; nothing in none. */
export function readPostings(row: Uint8Array | undefined): PostingRow {
  const cells = Array.from({ length: (row?.length ?? 0) / CELL_BYTES }, (_, i) =>
    readCell(row as Uint8Array, i * CELL_BYTES),
  )
  return {
    listed: cells.filter((cell) => !isCounting(cell)),
    counts: cells
      .filter(isCounting)
      .map(({ sequence, flags, organisation }) => ({ organisation, flags: flags & ~COUNT, count: sequence })),
  }
}

/** A row that {@link readPostings} reads; none where nothing is left. */
export function writePostings({ listed, counts }: PostingRow): Uint8Array | undefined {
  if (listed.length + counts.length === 0) return undefined
  const counting = counts.map(({ organisation, flags, count }) =>
    encodeCell({ sequence: count, flags: flags | COUNT, type: 0, organisation }),
  )
  return joinKeys(...counting, ...listed.map(encodeCell))
}

/** The labels under which records name the value of a row, as bits; 0 of none. */
export function labelsIn(row: Uint8Array | undefined): number {
  let labels = 0
  if (row !== undefined)
    for (let at = ORDER_BYTES; at < row.length; at += CELL_BYTES) labels |= 1 << ((row[at] as number) & LABEL)
  return labels
}

/** The record that a row lists, if it is the only one, and none are counted. */
export function onlyIn(row: Uint8Array | undefined): Cell | undefined {
  const cell = row?.length === CELL_BYTES ? readCell(row, 0) : undefined
  return cell === undefined || isCounting(cell) ? undefined : cell
}

/** Whether {@link spill} is due: asked of every row that grew. */
export function isOverfull(row: Uint8Array): boolean {
  return row.length > MAX_LISTED * CELL_BYTES
}

/**
 * Takes the older half of what the organisation that has most of it has listed off a row, and counts it instead, as long as the row
 * is too long: nobody crowds out another. One record of each stays.
 */
export function spill(row: PostingRow): { readonly row: PostingRow; readonly spilled: readonly Spilled[] } {
  let { listed, counts } = row
  const spilled: Spilled[] = []
  while (listed.length > MAX_LISTED) {
    const [organisation, own] = [...Map.groupBy(listed, (cell) => cell.organisation)].reduce((most, next) =>
      next[1].length > most[1].length ? next : most,
    )
    const cells = own.slice(0, Math.floor(own.length / 2))
    if (cells.length === 0) break
    const gone = new Set(cells)
    listed = listed.filter((cell) => !gone.has(cell))
    for (const cell of cells) counts = addCount(counts, cell, 1)
    spilled.push({ organisation, cells })
  }
  return { row: { listed, counts }, spilled }
}

/** Records that a row no longer lists, ascending. */
export interface Spilled {
  readonly organisation: number
  readonly cells: readonly Cell[]
}

/** Counts with `by` more of the organisation and label of a cell; those of none are left out. */
export function addCount(
  counts: readonly Count[],
  { organisation, flags }: Pick<Cell, 'organisation' | 'flags'>,
  by: number,
): readonly Count[] {
  const isSame = (each: Count): boolean =>
    each.organisation === organisation && labelIn(each.flags) === labelIn(flags)
  const held = counts.find(isSame) ?? { organisation, flags, count: 0 }
  const others = counts.filter((each) => !isSame(each))
  return held.count + by > 0 ? [...others, { ...held, count: held.count + by }] : others
}

const COUNT = 0x80
