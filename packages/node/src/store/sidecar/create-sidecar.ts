import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Cell } from '../cells.ts'
import { type CheckpointMark, readCheckpoint, writeCheckpoint } from './checkpoint.ts'
import { FINGERPRINT_SORTS, fingerprintOf, fingerprintOfKey, networkOfKey, sortOf } from './fingerprint.ts'
import {
  bytesOf,
  changeFingerprint,
  type FingerprintTable,
  hasFingerprint,
  onlyCell,
  sizeOf,
} from './fingerprint-table.ts'
import type { Sidecar, SidecarRow } from './interface.ts'
import { emptyState, type SidecarState } from './sidecar-state.ts'
import { sortedFingerprints } from './sorted-fingerprints.ts'
import { valueKeyOf } from './value-hash.ts'

/**
 * A sidecar for an index without rows, or for one that {@link Sidecar.fill} is then given.
 *
 * @param mask the 32 random bytes of the store, by which its values are hidden
 */
export function createSidecar(mask: Uint8Array): Sidecar {
  return sidecarOf(mask, emptyState(mask))
}

/** The sidecar in a file that {@link Sidecar.save} wrote; undefined if it is missing, damaged, or stands for another commit. */
export async function loadSidecar(path: string, mark: CheckpointMark): Promise<Sidecar | undefined> {
  const state = await readCheckpoint(path, mark)
  return state && sidecarOf(mark.mask, state)
}

type Change = readonly [key: Uint8Array, before: number, after: number, only: Cell | undefined]

function sidecarOf(mask: Uint8Array, state: SidecarState): Sidecar {
  const { tables, lengths } = state
  const key = valueKeyOf(mask)
  const words = new Uint32Array(2)
  let isWhole = true
  let filled = Promise.resolve()
  /** What changes while it is being filled. */
  let pending: Change[] | undefined

  function sum(figure: (table: FingerprintTable) => number): number {
    return FINGERPRINT_SORTS.reduce((total, sort) => total + figure(tables[sort]), 0)
  }

  function apply([row, before, after, only]: Change): void {
    fingerprintOfKey(row, words)
    const table = tables[sortOf(row[0] as number)]
    changeFingerprint(table, words[0] as number, words[1] as number, before, after, only)
    const network = networkOfKey(row)
    if (network !== undefined) lengths.change(network.family, network.length, before, after)
  }

  async function fill(rows: AsyncIterable<SidecarRow>): Promise<void> {
    if (pending !== undefined || sum(sizeOf) > 0) throw new TypeError('a sidecar is filled once')
    isWhole = false
    pending = []
    try {
      for await (const [row, labels, only] of rows) apply([row, 0, labels, only])
      for (let i = 0; i < pending.length; i++) {
        apply(pending[i] as Change)
        if (i % CHANGES_A_TURN === 0) await nextTurn()
      }
      isWhole = true
    } finally {
      pending = undefined
    }
  }

  return {
    key,
    get size() {
      return sum(sizeOf)
    },
    get bytes() {
      return sum(bytesOf)
    },
    mayHave(observable) {
      if (!isWhole) return true
      const sort = fingerprintOf(key, observable, words)
      return hasFingerprint(tables[sort], words[0] as number, words[1] as number)
    },
    mayHaveKey(row) {
      if (!isWhole) return true
      fingerprintOfKey(row, words)
      return hasFingerprint(tables[sortOf(row[0] as number)], words[0] as number, words[1] as number)
    },
    only(observable) {
      if (!isWhole || fingerprintOf(key, observable, words) !== 'values') return undefined
      return onlyCell(tables.values, words[0] as number, words[1] as number)
    },
    change(row, before, after, only) {
      if (pending !== undefined) pending.push([row.slice(), before, after, only])
      else if (isWhole) apply([row, before, after, only])
    },
    networkLengths: (family, labels) => (isWhole ? lengths.known(family, labels) : ALL_LENGTHS[family]),
    async fingerprints(sort, labels) {
      await filled
      return sortedFingerprints(tables[sort], labels)
    },
    fill: (rows) => (filled = fill(rows)),
    async save(path, commit) {
      if (!isWhole) throw new TypeError('a sidecar that was not filled stands for no commit')
      await writeCheckpoint(path, state, { mask, commit })
    },
  }
}

const CHANGES_A_TURN = 4096
const ALL_LENGTHS: Readonly<Record<4 | 6, readonly number[]>> = { 4: countDown(31), 6: countDown(127) }

function countDown(from: number): readonly number[] {
  return Array.from({ length: from + 1 }, (_, i) => from - i)
}
