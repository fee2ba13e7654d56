import { hash } from 'node:crypto'
import { createTable, type FingerprintTable } from './fingerprint-table.ts'
import type { FingerprintSort } from './fingerprint.ts'
import { createNetworkLengths, type NetworkLengths } from './network-lengths.ts'
import type { Seeds } from './segment.ts'

/** What a sidecar holds. */
export interface SidecarState {
  readonly tables: Readonly<Record<FingerprintSort, FingerprintTable>>
  readonly lengths: NetworkLengths
}

/** Nothing yet, of the store with a mask. */
export function emptyState(mask: Uint8Array): SidecarState {
  const tableOf = (): FingerprintTable => createTable(seedsOf(mask))
  return {
    tables: { values: tableOf(), networks: tableOf(), urls: tableOf() },
    lengths: createNetworkLengths(),
  }
}

/** Where fingerprints lie follows from the mask by a way of its own: the key that others may have does not tell. */
export function seedsOf(mask: Uint8Array): Seeds {
  const seeds = hash('sha256', Buffer.concat([Buffer.from('intelmesh slots 1'), mask]), 'buffer')
  return [seeds.readInt32LE(0), seeds.readInt32LE(4)]
}
