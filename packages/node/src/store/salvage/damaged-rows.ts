import { leafHash } from '@intelmesh/protocol'
import { Level } from 'level'
import { nativeCrypto } from '../../crypto/index.ts'
import type { ControlRow, HeaderRow, Hex, RecordRow } from '../interface.ts'
import { trailingNumber } from '../keys.ts'
import { splitHashes, toHex } from '../row-encoding.ts'
import { decodeControlRow, decodeHeader, decodeRecord } from '../rows.ts'
import { openRow, rowKey } from '../sealed-row.ts'
import { decodeNode } from '../state-rows.ts'
import type { BytesLevel } from '../table-reads.ts'
import type { TableName } from '../tables.ts'

/** The rows of a damaged store that are as they were written. What is not is counted and passed over: nothing here throws for it. */
export interface DamagedRows extends AsyncDisposable {
  /** In the order of their arrival, as far as that is known. */
  records(): AsyncIterable<RecordRow>
  header(hash: Hex): Promise<HeaderRow | undefined>
  headers(): AsyncIterable<HeaderRow>
  control(): AsyncIterable<ControlRow>
  /** Leaf hashes of the ACO's log, from its beginning to the first that is missing. */
  log(): AsyncIterable<Uint8Array>
  meta(): AsyncIterable<readonly [string, Uint8Array]>
  ledger(): AsyncIterable<readonly [string, unknown]>
  /** Ids of records that the indexes say were held. */
  ids(): AsyncIterable<Hex>
  /** Rows of each table that could not be read. */
  readonly unreadable: ReadonlyMap<TableName, number>
  /** Whether LevelDB itself could not go through all of its files. */
  readonly brokeOff: boolean
}

/**
 * Opens LevelDB's folder; with `repair`, once LevelDB has put together again what tables and logs it finds. **LevelDB may end the
 * whole process over files that contradict themselves**: this is done in a process of its own.
 *
 * @throws Error of LevelDB where it opens nothing
 */
export async function openDamaged(path: string, repair: boolean): Promise<DamagedRows> {
  if (repair) await Repairing.repair(path)
  const level = await openLevel(path)
  let brokeOff = false
  const unreadable = new Map<TableName, number>()
  const miss = (table: TableName): void => void unreadable.set(table, (unreadable.get(table) ?? 0) + 1)

  /** LevelDB gives up a scan at a block that it cannot read: what follows the next key that it finds is read all the same. */
  async function* rows<T>(table: TableName, read: (key: string, value: Uint8Array) => T): AsyncGenerator<T> {
    let from = rowKey(table, '')
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      try {
        for await (const [name, sealed] of level.iterator({ gt: from, lt: rowKey(table, LAST) })) {
          from = name
          try {
            yield read(name.slice(table.length + 1), openRow(name, sealed))
          } catch {
            miss(table)
          }
        }
        return
      } catch {
        brokeOff = true
        miss(table)
      }
    }
  }

  async function get(table: TableName, key: string): Promise<Uint8Array | undefined> {
    const name = rowKey(table, key)
    try {
      const sealed = await level.get(name)
      return sealed === undefined ? undefined : openRow(name, sealed)
    } catch {
      miss(table)
      return undefined
    }
  }

  async function header(hash: Hex): Promise<HeaderRow | undefined> {
    const row = await get('headers', hash)
    try {
      return row === undefined ? undefined : decodeHeader(hash, row, await get('leafHashes', hash))
    } catch {
      miss('headers')
      return undefined
    }
  }

  return {
    unreadable,
    get brokeOff() {
      return brokeOff
    },
    header,
    async *records() {
      const places: (readonly [number, Hex])[] = []
      for await (const place of rows('records', (id, row) => [decodeRecord(id, row).sequence, id] as const))
        places.push(place)
      for (const [, id] of places.toSorted((a, b) => a[0] - b[0])) {
        const row = await get('records', id)
        if (row === undefined) continue
        const { sequence: _, ...record } = decodeRecord(id, row)
        if (toHex(leafHash(nativeCrypto, record.leaf)) === id) yield record
        else miss('records')
      }
    },
    async *headers() {
      for await (const hash of rows('headers', (key) => key)) {
        const found = await header(hash)
        if (found !== undefined) yield found
      }
    },
    control: () => rows('control', decodeControlRow),
    async *log() {
      let next = 0
      for await (const [index, hash] of rows(
        'log',
        (key, row) => [trailingNumber(key), row.slice()] as const,
      )) {
        if (index !== next++) return
        yield hash
      }
    },
    meta: () => rows('meta', (key, row) => [key, row.slice()] as const),
    ledger: () =>
      rows('ledger', (key, row) => [key, JSON.parse(Buffer.from(row).toString()) as unknown] as const),
    async *ids() {
      for await (const node of rows('tree', (key, row) =>
        key.startsWith('clear') || key.startsWith('green') ? decodeNode(row) : undefined,
      ))
        if (node?.kind === 'leaf') yield* splitHashes(node.ids).map(toHex)
    },
    [Symbol.asyncDispose]: () => level.close(),
  }
}

const LAST = '\u{10ffff}'
/** Blocks of one table that are skipped. */
const MAX_TRIES = 1_000

async function openLevel(path: string): Promise<BytesLevel> {
  const level = new Level<string, Uint8Array>(path, {
    keyEncoding: 'utf8',
    valueEncoding: 'view',
    createIfMissing: false,
    errorIfExists: false,
  })
  await level.open()
  return level
}

/** What `level` is on Node, which its types leave out. */
const Repairing = Level as unknown as { repair(location: string): Promise<void> }
