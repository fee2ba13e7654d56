/**
 * Every table of the store, by the byte that its keys begin with. Keys are bytes: ids, hashes and chains as they are, numbers with
 * the greatest byte first. LevelDB's order of bytes is then the order that readers want. What is where, to the byte:
 * docs/spec/store.md.
 */
export const TABLES = {
  // 'sentinel' → who the store is; 'counts' → how many rows there have to be; 'mask' → what keys of values are hidden with
  state: 0x00,
  // number of a commit → nothing; the newest ones, without a gap
  journal: 0x01,
  // kind, number → the name that the number stands for
  names: 0x02,

  // sequence → record
  records: 0x10,
  // record id → sequence
  ids: 0x11,
  // kind and number of a list, window of 256 sequences → cells of those in the list
  lists: 0x12,
  // header hash → sequences of its records that are held
  held: 0x13,
  // hash of a STIX id, organisation, version, sequence → label and type
  versions: 0x14,
  // pseudonym of a value → cells of the records that name it
  values: 0x15,
  // hash of a STIX id → cells of the sightings, opinions and notes about it
  references: 0x16,
  // record id → cells of the tombstones that take it back
  targets: 0x17,
  // table, key, organisation, sequence → older cells that the row under that key counts and does not list
  overflow: 0x18,

  // header hash → header
  headers: 0x20,
  // header hash → record ids of the whole batch, until its last record is gone
  leafHashes: 0x21,
  // chain, seq, header hash → nothing
  chains: 0x22,
  // author, chain, seq, header hash → when the header came
  authorChains: 0x23,

  // control key → control row
  control: 0x30,
  // set, id in that set → control key
  controlIds: 0x31,
  // set, path → node of the Merkle-radix tree
  tree: 0x32,
  // index → leaf hash of the ACO's log
  log: 0x33,
  // leaf hash → the first index at which it stands in the log
  logIndex: 0x34,

  // name → value
  meta: 0x40,
  // key → JSON
  ledger: 0x41,
  // number → refusal
  quarantine: 0x42,
  // commit, row → the last of the rows to scrub: what LevelDB's files must not hold any longer
  scrubs: 0x43,
} as const

/** One of {@link TABLES}. */
export type TableName = keyof typeof TABLES

/** Their names, in the order of LevelDB. */
export const TABLE_NAMES = Object.keys(TABLES) as readonly TableName[]

/** The table whose keys begin with a byte. */
export function tableOf(byte: number | undefined): TableName | undefined {
  return byte === undefined ? undefined : BY_BYTE[byte]
}

const BY_BYTE: readonly (TableName | undefined)[] = Array.from({ length: 256 }, (_, byte) =>
  TABLE_NAMES.find((name) => TABLES[name] === byte),
)
