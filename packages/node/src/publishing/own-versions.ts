import { type Crypto, isWithin, parseLeaf, type TlpLabel } from '@intelmesh/protocol'
import type { StixObject } from '@intelmesh/stix'
import type { Hex, StoredRecord } from '../store/index.ts'
import type { PublishingParts } from './components.ts'

/** A version of an object as the own organisation published it last, as far as its asker may see. */
export interface Held {
  /** Record id; empty for one that a dry run only planned. */
  readonly id: Hex
  readonly tlp: TlpLabel
  /** Whole hours since the Unix epoch. */
  readonly expires: number
  /** Canonical JSON. */
  readonly stix: Uint8Array
  /** Record id of the first version, where this is a later one: 32 bytes. */
  readonly lineage?: Uint8Array
}

type Reads = Pick<PublishingParts, 'store' | 'organisation'>

const MAX_OWN_VERSIONS = 10_000

/** The newest version that the own organisation published under a label within `clearance`. */
export async function newestOwn(
  { store, organisation }: Reads,
  stixId: string,
  clearance: TlpLabel,
): Promise<StoredRecord | undefined> {
  const own = organisation()
  let newest: StoredRecord | undefined
  // Anybody may publish objects of this id: only own ones are read.
  for (const id of await store.versions(stixId, undefined, own)) {
    const record = await store.record(id)
    if (record === undefined || !isWithin(record.tlp, clearance)) continue
    // They come by version: what follows is equal or older.
    if (newest !== undefined && versionOf(record) < versionOf(newest)) break
    if (newest === undefined || isLater(record, newest)) newest = record
  }
  return newest
}

/** All versions that the own organisation published under labels within `clearance`, newest first; 10,000 of them at most. */
export async function ownVersions(
  { store, organisation }: Reads,
  stixId: string,
  clearance: TlpLabel,
): Promise<readonly StoredRecord[]> {
  // Anybody may publish an object of this id: only own ones are read.
  const own = await store.queryRecords({
    stixId,
    organisation: organisation(),
    afterSequence: 0,
    limit: MAX_OWN_VERSIONS,
    plainOnly: true,
  })
  return own
    .filter(({ tlp }) => isWithin(tlp, clearance))
    .toSorted((a, b) => (a.id === b.id ? 0 : isLater(a, b) ? -1 : 1))
}

type Placed = Pick<StoredRecord, 'id' | 'stixVersion' | 'hlc'>

/**
 * Whether `a` is a later version than `b` of the same object: by its own time, of one time by that of its publication, and then by
 * record id, so that every node orders them alike.
 */
export function isLater(a: Placed, b: Placed): boolean {
  if (versionOf(a) !== versionOf(b)) return versionOf(a) > versionOf(b)
  return a.hlc === b.hlc ? a.id > b.id : a.hlc > b.hlc
}

/** What of a stored record later versions are compared with. */
export function heldOf(crypto: Crypto, { id, tlp, expires, leaf }: StoredRecord): Held {
  const { stix, lineage } = parseLeaf(crypto, leaf).body
  return { id, tlp, expires, stix: stix ?? new Uint8Array(0), ...(lineage && { lineage }) }
}

/** The object of a version held. */
export function objectOf({ stix }: Held): StixObject {
  return JSON.parse(new TextDecoder().decode(stix)) as StixObject
}

function versionOf({ stixVersion }: Pick<Placed, 'stixVersion'>): number {
  return stixVersion ?? 0
}
