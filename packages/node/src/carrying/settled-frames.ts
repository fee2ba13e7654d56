import { toHex } from '@intelmesh/protocol'
import type { Store } from '../store/index.ts'
import type { CarriedFrame } from './frames.ts'

/**
 * Frames of a file that were taken whole. Each is known by its check, which stands for all of it: another file may have the
 * same identity, since whoever writes a file chooses that.
 *
 * @see docs/spec/carrying.md, "Reading"
 */
export interface SettledFrames {
  has(frame: WholeFrame): boolean
  add(frame: WholeFrame): void
  /** Notes what came since the last time; with `isLast`, on disk with all that was taken before. */
  save(options: { readonly isLast: boolean }): Promise<void>
}

type WholeFrame = Exclude<CarriedFrame, { readonly kind: 'damaged' }>

/** A row of the ledger. */
interface Block {
  /** ms since the Unix epoch. */
  readonly at: number
  readonly checks: readonly string[]
}

/** What earlier imports of a file noted. */
export async function openSettledFrames(
  store: Pick<Store, 'ledgerRows' | 'commit'>,
  fileId: Uint8Array,
  clock: () => number,
): Promise<SettledFrames> {
  const file = `${CARRIED}${toHex(fileId)}`
  const blocks = new Map<number, Set<string>>()
  const changed = new Set<number>()
  for await (const [key, value] of store.ledgerRows(`${file}/`))
    blocks.set(Number(key.slice(file.length + 1)), new Set((value as Block).checks))

  function rowsToWrite(): Record<string, Block> {
    const rows = [...changed].map((block) => [
      `${file}/${block}`,
      { at: clock(), checks: [...(blocks.get(block) ?? [])] },
    ])
    changed.clear()
    return Object.fromEntries(rows) as Record<string, Block>
  }

  return {
    has: ({ number, check }) => blocks.get(blockOf(number))?.has(check) ?? false,
    add({ number, check }) {
      const block = blockOf(number)
      if (block >= MAX_BLOCKS) return
      const checks = blocks.get(block) ?? new Set()
      blocks.set(block, checks.add(check))
      changed.add(block)
    },
    async save({ isLast }) {
      const old = isLast ? await rowsOfOldFiles(store, file) : []
      const ledger = { ...Object.fromEntries(old.map((key) => [key, undefined])), ...rowsToWrite() }
      await store.commit({ ledger }, { sync: isLast })
    },
  }
}

const CARRIED = 'carried/'
/** Files whose frames are remembered. */
const MAX_FILES = 64
/** Frames that stand in one row of the ledger, and rows of one file: some 20 GB of frames. */
const BLOCK_FRAMES = 64
const MAX_BLOCKS = 256

function blockOf(number: number): number {
  return Math.floor(number / BLOCK_FRAMES)
}

/** The rows of all files but this one and the last that were read. */
async function rowsOfOldFiles(store: Pick<Store, 'ledgerRows'>, file: string): Promise<readonly string[]> {
  const rows: { readonly key: string; readonly file: string; readonly at: number }[] = []
  for await (const [key, value] of store.ledgerRows(CARRIED))
    rows.push({ key, file: key.slice(0, file.length), at: (value as Block).at })
  const readAt = new Map<string, number>()
  for (const row of rows) readAt.set(row.file, Math.max(row.at, readAt.get(row.file) ?? 0))
  readAt.delete(file)
  const kept = new Set(
    [...readAt]
      .toSorted((a, b) => b[1] - a[1])
      .slice(0, MAX_FILES - 1)
      .map(([name]) => name),
  )
  return rows.filter((row) => row.file !== file && !kept.has(row.file)).map(({ key }) => key)
}
