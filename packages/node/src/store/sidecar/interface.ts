import type { Observable } from '@intelmesh/stix'
import type { Cell } from '../cells.ts'
import type { FingerprintSort } from './fingerprint.ts'
import type { ValueKey } from './value-hash.ts'

/** Labels of TLP as bits, from the lowest: CLEAR is 1, GREEN 2, AMBER 4, AMBER+STRICT 8, RED 16. */
export type LabelSet = number

/** A row of the index: its key, as `observableKey` makes it, under which labels records name the value, and the only one that does. */
export type SidecarRow = readonly [key: Uint8Array, labels: LabelSet, only?: Cell | undefined]

/**
 * What of the index is kept in memory: a fingerprint of every value, the labels under which records name it, and, of the very many
 * that one record names, which it is. Neither what is not in the index nor these take a read.
 */
export interface Sidecar {
  /** What its fingerprints are made with. */
  readonly key: ValueKey
  /** Fingerprints. */
  readonly size: number
  /** Bytes of memory. */
  readonly bytes: number

  /** False only where the index has no row of the value. Until {@link fill} has ended it is true of everything. */
  mayHave(observable: Observable): boolean
  /** As {@link mayHave}, of the key that a value has in the index. */
  mayHaveKey(key: Uint8Array): boolean
  /**
   * The record that names a value, where it is the only one; undefined says nothing. As with a row of the index, it may be that of
   * another value, hardly ever. None of networks and URLs, of which fingerprints tell less than keys.
   */
  only(observable: Observable): Cell | undefined

  /**
   * Takes note that a row of the index was written: `before` and `after` are the labels under which records name the value, 0 where
   * there was or is no row, and `only` what it says now, if it is of one record. They have to be right: the counts of values with one
   * fingerprint are kept by adding up.
   */
  change(key: Uint8Array, before: LabelSet, after: LabelSet, only?: Cell): void

  /** The lengths of the networks that records name under one of `labels`, the longest first. */
  networkLengths(family: 4 | 6, labels: LabelSet): readonly number[]

  /**
   * The fingerprints of all values of a sort that records name under one of `labels`, each 8 bytes (two words, the lower one first, lowest
   * byte first), in pieces, in ascending order of these numbers of 64 bits, so that nothing shows of the others. Waits until {@link fill} has ended, and fails where it failed.
   */
  fingerprints(sort: FingerprintSort, labels: LabelSet): Promise<Fingerprints>

  /**
   * Fills an empty one from the index as it stands now; what changes meanwhile is to be told by {@link change}.
   *
   * @param rows of a snapshot that was taken before this was called, without a commit in between
   */
  fill(rows: AsyncIterable<SidecarRow>): Promise<void>

  /** Writes it to a file at once or not at all, as what stands for a commit of the store. Not while it is being filled. */
  save(path: string, commit: number): Promise<void>
}

/** Fingerprints as they were at one moment. */
export interface Fingerprints {
  readonly count: number
  readonly pieces: Iterable<Uint8Array>
}
