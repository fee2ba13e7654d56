import type { Cell } from './cells.ts'
import {
  joinKeys,
  numberKey,
  ORDER_BYTES,
  orderKey,
  readNumber,
  textKey,
  TIME_BYTES,
  timeNumber,
} from './keys.ts'
import type { Mask } from './mask.ts'

/** The key of a version in the table `versions`: those of one organisation lie together, and nobody pays for the versions of others. */
export function versionKey(
  mask: Mask,
  stixId: string,
  stixVersion: number | undefined,
  { organisation, sequence }: Cell,
): Uint8Array {
  return joinKeys(
    versionPrefix(mask, stixId, organisation),
    numberKey(timeNumber(stixVersion), TIME_BYTES),
    orderKey(sequence),
  )
}

/** What begins the keys of all versions of an object, or of those of one organisation. */
export function versionPrefix(mask: Mask, stixId: string, organisation?: number): Uint8Array {
  const object = textKey(mask.bytes, stixId)
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
