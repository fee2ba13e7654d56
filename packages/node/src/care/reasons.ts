import type { Skipped } from '../care-api.ts'

/** Counts by code as people read them: the most frequent first. */
export function skippedViews(counts: Readonly<Record<string, number>>): readonly Skipped[] {
  return Object.entries(counts)
    .map(([code, count]) => ({ code, count, reason: reasonOf(code) }))
    .toSorted((a, b) => b.count - a.count || a.code.localeCompare(b.code))
}

/** What a code means for who runs this node. */
export function reasonOf(code: string): string {
  return REASONS[code] ?? AREAS.find(([area]) => code.startsWith(area))?.[1] ?? 'see docs/spec/admission.md'
}

const REASONS: Readonly<Record<string, string>> = {
  DUPLICATE: 'held already',
  CERT_UNKNOWN: "the author's certificate has not come yet: it does with control",
  CERT_NOT_LOGGED: "the certificate is not in this node's copy of the log yet",
  CERT_REVOKED: "the author's certificate is revoked",
  CERT_SUSPENDED: "the author's certificate is suspended",
  CERT_EXPIRED: "the author's certificate had ended when it signed",
  CHAIN_CLOSED: "the author's chain was closed before it: not below a head that the ACO named",
  HEADER_UNWANTED: 'a header without records: only closed chains are filled up with these',
  NEWER_THAN_ME: 'of a later version: upgrade this node',
  NOT_ENTITLED: 'the compartment is not for this node, or not for that member',
  OUTDATED: 'a newer one is held',
  QUEUE_FULL: 'more came than could be written: it comes again by itself',
  QUOTA: 'more than this node checks for one member in the time: it comes again by itself',
  RECORD_EXPIRED: 'expired',
  RECORD_FROM_FUTURE: "dated ahead of this node's clock: it comes again when its time has come",
  RECORD_RETRACTED: 'taken back',
  STATUS_STALE: "the ACO's word has run out: connect to any member or to the ACO",
  STATUS_LIST_MISMATCH: 'the status list is not the one that the beacon names',
  STORE_FULL: 'the disk is full: make room',
  STORE_IO: 'the disk failed: see the log of the system',
  INTERNAL: 'a fault of this node: see its log',
  BUSY: 'the member is asked for more than it serves: it is asked again later',
  CONTROL_FIRST: 'the member has not agreed on control with its own peers yet',
  CLOCKS_DIFFER: 'the clocks differ by more than an hour: use NTP',
  STREAM_CLOSED: 'the connection broke off, or the member serves enough sessions',
  STREAM_TIMEOUT: 'the member made no progress',
  PEER_NOT_CONNECTED: 'the connection was gone',
}

/** What all codes of an area have in common. */
const AREAS: readonly (readonly [string, string])[] = [
  ['SYNC_', 'the member broke the protocol of sessions'],
  ['FRAME_', 'the member broke the protocol of sessions'],
  ['CERT_', 'the certificate does not hold'],
  ['HEADER_', 'the header of the batch does not hold'],
  ['BATCH_', 'the batch does not hold'],
  ['LEAF_', 'the record does not hold'],
  ['PROOF_', 'the record is not in its batch'],
  ['COSE_', 'a signature does not hold'],
  ['CBOR_', 'not encoded as it has to be'],
  ['STRUCT_', 'not encoded as it has to be'],
  ['STIX_', 'the STIX object is not admitted'],
  ['JSON_', 'the STIX object is not admitted'],
]
