export {
  advanceDifference,
  beginDifference,
  type Difference,
  MAX_DIFFERENCE,
  MAX_QUESTIONS,
  type Question,
  SyncError,
  type SyncErrorCode,
} from './difference.ts'
export {
  type Child,
  type Entry,
  entryPath,
  hourPath,
  idsBelow,
  isSameSummary,
  MAX_LEAF_IDS,
  type ReadNode,
  summarise,
  type Summary,
  type TreeNode,
} from './tree.ts'
export { type TreeChange, type TreeUpdate, updateTree } from './update-tree.ts'
