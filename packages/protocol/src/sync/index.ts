export { aboveFloor } from './above-floor.ts'
export { decodeCellRun, encodeCellRun } from './cell-run.ts'
export {
  CELL_WORDS,
  type Cells,
  createCells,
  KEPT_CELLS,
  MAX_CELLS,
  checksumsOf,
  shortIdsOf,
  toggleIds,
  wordBytes,
  wordsOf,
} from './cells.ts'
export { MAC_KEY_BYTES, macEach, type MacKey, macKeyOf } from './chaskey.ts'
export { type Bucket, compareNode, type NodeDifference, type Question } from './compare-node.ts'
export { compareSets, type SetDifference } from './compare-sets.ts'
export { cellsOf, idsOfShortIds } from './exchange-cells.ts'
export { ID_BYTES, type JoinedIds, joinIds, splitIds } from './joined-ids.ts'
export { MAX_DIFFERENCE } from './locate.ts'
export { type Peeled, type Peeler } from './peeler.ts'
export type { Asking, ComparedSide, IdSource, SyncAnswer, SyncQuestion } from './questions.ts'
export { SyncError, type SyncErrorCode } from './sync-error.ts'
export {
  type Child,
  type Entry,
  entryPath,
  hourOfPath,
  hourPath,
  idsBelow,
  isSameSummary,
  leavesBelow,
  type ReadNode,
  summarise,
  type Summary,
  type TreeNode,
} from './tree.ts'
export { type TreeChange, type TreeUpdate, updateTree } from './update-tree.ts'
