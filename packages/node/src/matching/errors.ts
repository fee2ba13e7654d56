import { MeshError } from '@intelmesh/protocol'

/** Why something cannot be matched, as stable codes. */
export type MatchErrorCode =
  /** The filter of a node is not as the node has to send it. */
  | 'MATCH_FILTER_DAMAGED'
  /** The input ends in the middle of what was compressed. */
  | 'INPUT_TRUNCATED'
  /** The input is compressed, and not in a way that can be read, or its compressed bytes are damaged. */
  | 'INPUT_COMPRESSION'

/** Nothing, or nothing more, can be matched. */
export class MatchError extends MeshError<MatchErrorCode> {
  override name = 'MatchError'
}
