import type { ControlRow, HeaderRow, Hex, RecordRow } from '../interface.ts'
import type { DamagedLevel } from './damaged-level.ts'

/** What can be read of a damaged store. */
export interface DamagedRows extends Pick<DamagedLevel, 'unreadable' | 'brokeOff'> {
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
}

/** Rows that are numbered from 0, up to the first that is missing. */
export async function* unbroken<T>(
  rows: AsyncIterable<readonly [number: number, row: T]>,
): AsyncGenerator<T> {
  let next = 0
  for await (const [number, row] of rows) {
    if (number !== next++) return
    yield row
  }
}

/** Text in a key or row. */
export function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString()
}
