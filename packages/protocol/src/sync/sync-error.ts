import { MeshError } from '../errors.ts'

export type SyncErrorCode =
  | 'SYNC_TREE_MISMATCH'
  | 'SYNC_CELLS_MISMATCH'
  | 'SYNC_LIMIT'
  | 'SYNC_MALFORMED'
  | 'SYNC_REFUSED'

/** A peer breaks the rules of reconciliation. See docs/spec/reconciliation.md, "Codes". */
export class SyncError extends MeshError<SyncErrorCode> {
  override name = 'SyncError'
}
