export { StoreError, type StoreErrorCode } from './errors.ts'
export type {
  Arrival,
  LookupRows,
  Posting,
  Postings,
  RecordQuery,
  SetChange,
  StoreStats,
  TreeView,
  Wanted,
} from './answers.ts'
export type {
  ChainOf,
  ControlRow,
  HeaderRow,
  Hex,
  QuarantineRow,
  RecordRow,
  Store,
  StoreChanges,
  StoredRecord,
} from './interface.ts'
export { createStore, openStore } from './open-store.ts'
export { referencesOf } from './references.ts'
export { restoreStore, type RestoreStoreOptions } from './restore-store.ts'
export { type Salvage, salvageStore } from './salvage/salvage-store.ts'
