import { MeshError } from '@intelmesh/protocol'

/** What can be wrong with a file that carries records: stable names. @see docs/spec/carrying.md, "Codes" */
export type CarryErrorCode =
  | 'CARRY_MALFORMED'
  | 'CARRY_TRUNCATED'
  | 'CARRY_DAMAGED'
  | 'CARRY_NEWER'
  | 'CARRY_FOREIGN'
  | 'CARRY_REFUSED'

/** A file of `sync export` that cannot be read, or is not for this node. */
export class CarryError extends MeshError<CarryErrorCode> {
  override name = 'CarryError'
}
