import { splitIds } from '@intelmesh/protocol'
import { Level } from 'level'
import type { ControlRow, HeaderRow, Hex, RecordRow } from '../interface.ts'
import { readNumber } from '../keys.ts'
import { recordIn } from '../record-reads.ts'
import { fromHex, toHex } from '../row-encoding.ts'
import { decodeControlRow, decodeHeader } from '../rows.ts'
import { openRow, rowKey } from '../sealed-row.ts'
import { decodeNode } from '../state-rows.ts'
import type { BytesLevel } from '../table-reads.ts'
import { TABLES, type TableName } from '../tables.ts'

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
  async function* rows<T>(
    table: TableName,
    read: (key: Uint8Array, value: Uint8Array) => T,
  ): AsyncGenerator<T> {
    let from = rowKey(table, NOTHING)
    const lt = Uint8Array.of(TABLES[table] + 1)
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      try {
        for await (const [name, sealed] of level.iterator({ gt: from, lt })) {
          from = name
          try {
            yield read(name.subarray(1), openRow(name, sealed))
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

  async function get(table: TableName, key: Uint8Array): Promise<Uint8Array | undefined> {
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
    const row = await get('headers', fromHex(hash))
    try {
      return row === undefined ? undefined : decodeHeader(hash, row, await get('leafHashes', fromHex(hash)))
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
      for await (const found of rows('records', (key, row) =>
        recordIn(row, readNumber(key, 0, key.length)),
      )) {
        if (found === undefined) continue
        const { sequence: _, ...record } = found
        yield record
      }
    },
    async *headers() {
      for await (const hash of rows('headers', (key) => toHex(key))) {
        const found = await header(hash)
        if (found !== undefined) yield found
      }
    },
    control: () => rows('control', (key, row) => decodeControlRow(textOf(key), row)),
    async *log() {
      let next = 0
      for await (const [index, hash] of rows(
        'log',
        (key, row) => [readNumber(key, 0, key.length), row.slice()] as const,
      )) {
        if (index !== next++) return
        yield hash
      }
    },
    meta: () => rows('meta', (key, row) => [textOf(key), row.slice()] as const),
    ledger: () => rows('ledger', (key, row) => [textOf(key), JSON.parse(textOf(row)) as unknown] as const),
    async *ids() {
      for await (const node of rows('tree', (key, row) =>
        /^(clear|green)/.test(textOf(key)) ? decodeNode(row) : undefined,
      ))
        if (node?.kind === 'leaf') yield* splitIds(node.ids).map(toHex)
    },
    [Symbol.asyncDispose]: () => level.close(),
  }
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString()
}

const NOTHING = new Uint8Array()
/** Blocks of one table that are skipped. */
const MAX_TRIES = 1_000

async function openLevel(path: string): Promise<BytesLevel> {
  const level = new Level<Uint8Array, Uint8Array>(path, {
    keyEncoding: 'view',
    valueEncoding: 'view',
    createIfMissing: false,
    errorIfExists: false,
  })
  await level.open()
  return level
}

/** What `level` is on Node, which its types leave out. */
const Repairing = Level as unknown as { repair(location: string): Promise<void> }
