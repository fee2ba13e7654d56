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
  MAX_FRAME_BYTES,
  SYNC_SETS,
  type SyncHello,
  type SyncItem,
  type SyncMessage,
  type SyncMore,
  type SyncSet,
} from './sync-message.ts'
export {
  decodeSyncMessage,
  encodeSyncMessage,
  MAX_FETCHED,
  MAX_GAPS,
  MAX_ITEMS,
  MAX_LOG_HASHES,
  MAX_PACK_BYTES,
  MAX_PACK_FRAME,
  MAX_PICKED,
  MAX_SYNC_HEADERS,
  MAX_WANTED,
  nodesThatFit,
} from './sync-messages.ts'
