export {
  encodeBatch,
  encodeLoneRecord,
  headerHash,
  type HeaderDraft,
  loneRecord,
  type LoneRecord,
  openBatch,
  parseBatch,
  proveLeaves,
  openLoneRecord,
  type OpenedBatch,
  parseHeader,
  sealHeader,
} from './batch.ts'
export { RecordError, type RecordErrorCode } from './errors.ts'
export {
  type Header,
  HEADER,
  MAX_BATCH_BYTES,
  MAX_BATCH_RECORDS,
  type ParsedHeader,
  type VerifiedHeader,
} from './header.ts'
export { type Hlc, hlcAt, hlcTime, nextHlc } from './hlc.ts'
export { type Author, checkLeaf, MAX_LIFETIME_HOURS, mayRetract } from './judge.ts'
export {
  type BodyKind,
  encodeLeaf,
  type Leaf,
  type LeafBody,
  type LeafClear,
  MAX_LEAF_BYTES,
  MAX_REFERENCES,
  MAX_STIX_BYTES,
  type ParsedLeaf,
  parseLeaf,
  RETRACTION_REASONS,
  type RetractionReason,
  viewLeaf,
} from './leaf.ts'
export { isUrgentBatch } from './urgency.ts'
