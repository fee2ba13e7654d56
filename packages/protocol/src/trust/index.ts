export { BEACON, type Beacon, type Checkpoint, checkpoint, MAX_BEACON_REVOKED } from './beacon.ts'
export {
  assertClusterName,
  type Certificate,
  CERTIFICATE,
  clusterName,
  DUTIES,
  type Duty,
  type KemKey,
  kemKey,
  type Kind,
  KINDS,
  type MeshClaim,
  type ParsedCertificate,
  type Role,
  ROLES,
  type Subject,
  type VerifiedCertificate,
} from './certificate.ts'
export { assertValidAt, type CertificateChain, verifyChain, verifyLink } from './chain.ts'
export { CONTACT, type Contact } from './contact.ts'
export {
  CONTROL_KINDS,
  type ControlKind,
  type ControlObject,
  decodeControl,
  encodeControl,
  MAX_CONTROL_BYTES,
} from './control-object.ts'
export { TrustError, type TrustErrorCode } from './errors.ts'
export { assertLogged, logProof, type LogProof, MERGE_DELAY_MS } from './log-proof.ts'
export {
  type Action,
  ACTIONS,
  type ChainHead,
  MAX_HEADS,
  MAX_SEQ,
  type Reason,
  REASONS,
  type Statement,
  STATEMENT,
} from './statement.ts'
export {
  packStatuses,
  type Status,
  STATUS_LIST,
  type StatusBits,
  STATUSES,
  type StatusListToken,
  unpackStatuses,
  type Zlib,
} from './status-list.ts'
export {
  type FindCertificate,
  statusListSubject,
  type StatusTrust,
  verifyBeacon,
  verifyContact,
  verifyStatement,
  verifyStatusList,
} from './verify-status.ts'
