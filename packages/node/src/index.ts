/** A running Intelmesh peer, and what works on its home without one. */
export type {
  AcoApi,
  ActRequest,
  ActResult,
  EnrolmentView,
  InviteRequest,
  InviteResult,
  IssueRequest,
  IssueResult,
  MemberView,
} from './aco-api.ts'
export type {
  Diagnosis,
  ExportItem,
  ExportPage,
  Feedback,
  InboxItem,
  LookupAnswer,
  LookupHit,
  NodeApi,
  NodeStatus,
  PeerView,
  QuarantineView,
  RecordDetail,
  RecordFilter,
  RecordLife,
  RecordPage,
  RecordProof,
  RecordView,
} from './api.ts'
export type {
  CareApi,
  CompactedStore,
  ImportedSet,
  PeerSync,
  SetView,
  Skipped,
  SkippedRecord,
  StoreView,
  SyncExportRequest,
  SyncImportReport,
  VerifyProgress,
} from './care-api.ts'
export {
  AUDIT_ACTIONS,
  type AuditAction,
  type AuditCheck,
  type AuditEntry,
  type AuditFilter,
  type AuditVerdict,
  type CreatedToken,
  type PeopleApi,
  type Scope,
  SCOPES,
  type TokenRequest,
  type TokenView,
} from './people-api.ts'
export {
  type AmendRequest,
  type CommentRequest,
  type FeedRound,
  type FeedView,
  type HeldBack,
  type Opinion,
  OPINIONS,
  type PublishApi,
  type PublishObject,
  type PublishRequest,
  type PublishResult,
  type RetractRequest,
  type RetractResult,
} from './publish-api.ts'
export {
  BackupError,
  type BackupErrorCode,
  type BackupIdentity,
  type BackupSummary,
  checkBackup,
  type RestoredHome,
  resumeAco,
  type ResumedAco,
  restoreHome,
  writeBackup,
  type WrittenBackup,
} from './backup/index.ts'
export { ApiError, type ApiErrorCode, HomeError, type HomeErrorCode } from './errors.ts'
export {
  type ConfigSources,
  loadConfig,
  LOG_LEVELS,
  type LogLevel,
  nearest,
  type NodeConfig,
} from './config/index.ts'
export { nativeCrypto } from './crypto/index.ts'
export { findOwner, homePaths, type HomePaths, type Owner, readIfPresent } from './home/index.ts'
export { type ApiAccess, createApiClient, NodeRefusal } from './http/index.ts'
export type { KeyProtection } from './keys/index.ts'
export {
  type ConfirmedLines,
  type ConfirmedMatch,
  type Matcher,
  MatchError,
  type MatchErrorCode,
  openMatcher,
} from './matching/index.ts'
export { type HomeAccess, openHome, type OpenHome } from './open-home.ts'
export {
  type AcoIdentity,
  createAco,
  installMembership,
  join,
  type JoinRequest,
  type NewAco,
  type NewHome,
  type NewMembership,
  requestMembership,
} from './set-up-home.ts'
export { type OperatorRenewal, renewOperator } from './renew-operator.ts'
export { repairHome, type RepairedHome } from './repair-home.ts'
export { type RunningNode, startNode } from './start-node.ts'
export { VERSION } from './version.ts'
