export { StoreError, type StoreErrorCode } from './errors.ts'
export type {
  ControlRow,
  HeaderRow,
  Hex,
  LookupRows,
  QuarantineRow,
  RecordQuery,
  RecordRow,
  Store,
  StoreChanges,
  StoredRecord,
  TreeView,
} from './interface.ts'
export { createStore, type CreateStoreOptions, openStore, type OpenStoreOptions } from './open-store.ts'
export { MAX_COUNTED } from './record-reads.ts'
