export {
  decodeAnswer,
  decodeHello,
  encodeAnswer,
  encodeHello,
  MAX_MEMBERSHIP_BYTES,
  MEMBERSHIP_TIMEOUT_MS,
  type MembershipAnswer,
  type MembershipHello,
} from './membership.ts'
export { PROTOCOLS, topicOf, VERSIONS } from './names.ts'
export {
  decodeSyncMessage,
  encodeSyncMessage,
  MAX_FRAME_BYTES,
  MAX_LOG_HASHES,
  MAX_SYNC_HEADERS,
  MAX_WANTED,
  nodesThatFit,
  type Opening,
  SYNC_SETS,
  type SyncItem,
  type SyncMessage,
  type SyncSet,
} from './sync-messages.ts'
