export type { StoreErrorCode } from './errors.ts'
export type {
  Arrival,
  ControlRow,
  HeaderRow,
  Hex,
  LookupRows,
  Posting,
  Postings,
  QuarantineRow,
  RecordQuery,
  RecordRow,
  SetChange,
  Store,
  StoreChanges,
  StoredRecord,
  StoreStats,
  TreeView,
  Wanted,
} from './interface.ts'
export { createStore, openStore } from './open-store.ts'
export { referencesOf } from './references.ts'
export { restoreStore, type RestoreStoreOptions } from './restore-store.ts'
export { type Salvage, salvageStore } from './salvage/salvage-store.ts'
