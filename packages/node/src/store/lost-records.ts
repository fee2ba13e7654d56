import {
  codeOf,
  compareBytes,
  hlcTime,
  hourOfPath,
  hourPath,
  type ReadNode,
  type SyncSet,
} from '@intelmesh/protocol'
import type { Database } from './database.ts'
import type { RecordRow } from './interface.ts'
import { orderKey } from './keys.ts'

/** Where an id stands in the trees: of a record whose row is damaged, all that can be told. */
export interface TreePlace {
  readonly set: RecordRow['set']
  /** Whole hours since the Unix epoch. */
  readonly hour: number
}

/** A record that cannot be read. */
export interface LostRecord extends TreePlace {
  readonly sequence: number
}

/** Where a record stands. */
export function treePlaceOf({ set, hlc }: Pick<RecordRow, 'set' | 'hlc'>): TreePlace {
  return { set, hour: Math.floor(hlcTime(hlc) / MS_PER_HOUR) }
}

/** Reads the tree of a set. */
export type ReadTree = (set: SyncSet) => ReadNode

/** The rows of records at places, `lost` for one that is not as it was written: it must not keep the others. @throws StoreError STORE_IO */
export async function recordRows(
  database: Pick<Database, 'getMany'>,
  sequences: readonly number[],
): Promise<readonly (Uint8Array | 'lost' | undefined)[]> {
  const read = (places: readonly number[]): Promise<readonly (Uint8Array | undefined)[]> =>
    database.getMany('records', places.map(orderKey))
  try {
    return await read(sequences)
  } catch (error) {
    if (codeOf(error) !== 'STORE_DAMAGED') throw error
  }
  const rows: (Uint8Array | 'lost' | undefined)[] = []
  for (const sequence of sequences) {
    const found = await read([sequence]).catch((error: unknown) => {
      if (codeOf(error) === 'STORE_DAMAGED') return ['lost'] as const
      throw error
    })
    rows.push(...found)
  }
  return rows
}

/** Looks an id up in the trees of all sets of records, hour by hour. */
export async function findInTrees(treeOf: ReadTree, id: Uint8Array): Promise<TreePlace | undefined> {
  for (const set of RECORD_SETS) {
    const hour = await hourIn(treeOf(set), '', id)
    if (hour !== undefined) return { set, hour }
  }
  return undefined
}

async function hourIn(read: ReadNode, path: string, id: Uint8Array): Promise<number | undefined> {
  const node = await read(path)
  if (node?.kind === 'leaf') return holds(node.ids, id) ? hourOfPath(path) : undefined
  const digits = Buffer.from(id).toString('hex')
  for (const { label } of node?.children ?? []) {
    // Above an hour a child may have it or not; below, digits of the id lead to it.
    if (path.length >= HOUR_PATH && label !== digits[path.length - HOUR_PATH]) continue
    const found = await hourIn(read, path + label, id)
    if (found !== undefined) return found
  }
  return undefined
}

function holds(ids: Uint8Array, id: Uint8Array): boolean {
  for (let at = 0; at < ids.length; at += id.length)
    if (compareBytes(ids.subarray(at, at + id.length), id) === 0) return true
  return false
}

const RECORD_SETS = ['clear', 'green', 'clear/tombstones', 'green/tombstones'] as const
const MS_PER_HOUR = 3_600_000
const HOUR_PATH: number = hourPath(0).length
