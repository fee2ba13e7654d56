import { valueKeyOf, type ValueKey } from './sidecar/value-hash.ts'

/** What hides values and STIX ids in keys: LevelDB writes keys into journals of its own, which erasing does not reach. */
export interface Mask {
  /** 32 random bytes, given when the store was made. */
  readonly bytes: Uint8Array
  /** The same in hexadecimal. */
  readonly digits: string
  readonly values: ValueKey
}

/** The mask of given bytes. @throws RangeError unless there are 32 */
export function maskOf(bytes: Uint8Array): Mask {
  return { bytes, digits: Buffer.from(bytes).toString('hex'), values: valueKeyOf(bytes) }
}
