import type { Cell } from './cells.ts'
import {
  joinKeys,
  numberKey,
  ORDER_BYTES,
  orderKey,
  readNumber,
  TEXT_BYTES,
  textDigits,
  TIME_BYTES,
  timeNumber,
} from './keys.ts'
import type { SealedRow } from './database.ts'
import type { RecordRow } from './interface.ts'
import type { Mask } from './mask.ts'
import type { RowArena } from './row-arena.ts'

/** A version of an object, as the table `versions` holds it. */
export interface Version extends Cell {
  readonly stixId: string
  readonly stixVersion: number | undefined
}

/** The version that a record is; none of what has no STIX id. */
export function versionOf({ stixId, stixVersion }: RecordRow, cell: Cell): Version | undefined {
  return stixId === undefined ? undefined : { ...cell, stixId, stixVersion }
}

/** The key of a version: those of one organisation lie together, and nobody pays for the versions of others. */
export function versionKey(mask: Mask, { stixId, stixVersion, organisation, sequence }: Version): Uint8Array {
  return joinKeys(
    versionPrefix(mask, stixId, organisation),
    numberKey(timeNumber(stixVersion), TIME_BYTES),
    orderKey(sequence),
  )
}

/** Writes the row of a version. */
export function writeVersion(arena: RowArena, mask: Mask, version: Version): SealedRow {
  arena.begin('versions', VERSION_BYTES)
  arena.hex(textDigits(mask.digits, version.stixId))
  arena.number(version.organisation, ORGANISATION_BYTES)
  arena.number(timeNumber(version.stixVersion), TIME_BYTES)
  arena.number(version.sequence, ORDER_BYTES)
  arena.endKey()
  arena.byte(version.flags)
  arena.number(version.type, 2)
  return arena.end()
}

/** What begins the keys of all versions of an object, or of those of one organisation. */
export function versionPrefix(mask: Mask, stixId: string, organisation?: number): Uint8Array {
  const object = Buffer.from(textDigits(mask.digits, stixId), 'hex')
  return organisation === undefined ? object : joinKeys(object, numberKey(organisation, ORGANISATION_BYTES))
}

/** What a row of the table says. */
export function readVersion(key: Uint8Array, row: Uint8Array): Cell & { readonly version: number } {
  const at = key.length - ORDER_BYTES
  return {
    sequence: readNumber(key, at, ORDER_BYTES),
    version: readNumber(key, at - TIME_BYTES, TIME_BYTES),
    organisation: readNumber(key, at - TIME_BYTES - ORGANISATION_BYTES, ORGANISATION_BYTES),
    flags: row[0] as number,
    type: readNumber(row, 1, 2),
  }
}

const ORGANISATION_BYTES = 3
const VERSION_BYTES: number = TEXT_BYTES + ORGANISATION_BYTES + TIME_BYTES + ORDER_BYTES + 3
