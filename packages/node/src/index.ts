/** A running Intelmesh peer, and what works on its home without one. */
export type {
  AcoApi,
  ActRequest,
  ActResult,
  Diagnosis,
  EnrolmentView,
  ExportItem,
  ExportPage,
  InviteRequest,
  InviteResult,
  IssueRequest,
  IssueResult,
  LookupAnswer,
  LookupHit,
  MemberView,
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
export { openHome, type OpenHome } from './open-home.ts'
export type { CoreOptions } from './running/core.ts'
export {
  type AcoDraft,
  type HomeDraft,
  initAco,
  installReply,
  joinCluster,
  type JoinDraft,
  type NewHome,
  writeRequest,
} from './set-up-home.ts'
export { type RunningNode, startNode } from './start-node.ts'
export { VERSION } from './version.ts'
