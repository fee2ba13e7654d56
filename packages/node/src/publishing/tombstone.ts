import { type DataCompartment, fromHex, type RetractionReason } from '@intelmesh/protocol'
import type { StoredRecord } from '../store/index.ts'
import type { Draft } from './chain-writer.ts'

/** Takes one record back, where it is and for as long as it would have lived. */
export function tombstoneFor(
  { id, set, tlp, expires }: Pick<StoredRecord, 'id' | 'set' | 'tlp' | 'expires'>,
  reason: RetractionReason,
): Draft {
  const compartment = set.split('/')[0] as DataCompartment
  return {
    body: { kind: 'tombstone', retracts: [fromHex(id)], reason },
    label: tlp,
    compartment,
    expires,
  }
}
