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
  LookupAnswer,
  LookupHit,
  NodeApi,
  NodeStatus,
  PeerView,
  PublishRequest,
  PublishResult,
  QuarantineView,
  RecordDetail,
  RecordFilter,
  RecordPage,
  RecordView,
  RetractRequest,
  RetractResult,
} from './api.ts'
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
export { type RunningNode, startNode } from './start-node.ts'
export { VERSION } from './version.ts'
