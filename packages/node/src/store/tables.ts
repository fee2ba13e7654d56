/**
 * Every table of the store. A row's key in LevelDB is the table's name, `!`, and the key given here; its value ends in a
 * checksum. Parts of keys are: ids, hashes and chains in hexadecimal; numbers as {@link orderKey}; free text as
 * {@link textKey}. LevelDB's byte order is then the order that readers want.
 */
export const TABLES = [
  // 'sentinel' → who the store is; 'counts' → how many rows there have to be
  'state',
  // number of a commit → nothing; the newest ones, without a gap
  'journal',

  // record id → record
  'records',
  // sequence → record id and what queries filter by
  'arrival',
  // STIX type, sequence → as in `arrival`
  'byType',
  // organisation, sequence → as in `arrival`
  'byOrganisation',
  // author, sequence → record id
  'byAuthor',
  // header hash, sequence → record id
  'byHeader',
  // STIX id, version, sequence → record id
  'byStixId',
  // observable type, hash of its value, sequence → record id
  'byObservable',
  // STIX id that a sighting, opinion or note is about, sequence of that → its record id
  'byReference',
  // record id that a tombstone takes back, sequence of the tombstone → record id of the tombstone
  'byTarget',
  // hour of expiry, sequence → record id
  'byExpiry',

  // header hash → header
  'headers',
  // header hash → record ids of the whole batch, until its last record is gone
  'leafHashes',
  // header hash → how many of its records are held
  'held',
  // chain, seq, header hash → nothing
  'byChain',
  // author, chain, seq, header hash → when the header came
  'authorChains',

  // control key → control row
  'control',
  // set, id in that set → control key
  'controlIds',

  // set, path → node of the Merkle-radix tree
  'tree',

  // index → leaf hash of the ACO's log
  'log',
  // leaf hash → the first index at which it stands in the log
  'logIndex',

  // name → value
  'meta',
  // key → JSON
  'ledger',
  // number → refusal
  'quarantine',

  // commit, first row to scrub → the last one: what LevelDB's files must not hold any longer
  'scrubs',
] as const

/** One of {@link TABLES}. */
export type TableName = (typeof TABLES)[number]
