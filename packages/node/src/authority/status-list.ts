import {
  packStatuses,
  sealSign1,
  type Signer,
  type Status,
  STATUS_LIST,
  statusListSubject,
} from '@intelmesh/protocol'
import { nativeZlib } from '../crypto/index.ts'
import type { StateRow } from './register.ts'

/**
 * Indices a list covers for a number of members: whole blocks, so that a newcomer does not change the list, and the list
 * does not count the members. Indices that nobody has yet read as valid; no certificate names them.
 */
export function listCapacity(indices: number): number {
  return (Math.floor(indices / BLOCK) + 1) * BLOCK
}

/** The signed list for a state, at `at` (ms since the Unix epoch). See docs/spec/status.md, "Status list". */
export function sealStatusList(
  operator: Signer,
  aco: Uint8Array,
  {
    invalid,
    suspended,
    capacity,
    at,
  }: Pick<StateRow, 'invalid' | 'suspended' | 'capacity'> & { readonly at: number },
): Promise<Uint8Array> {
  const statuses: Status[] = Array.from({ length: capacity }, () => 'valid')
  for (const index of suspended) statuses[index] = 'suspended'
  for (const index of invalid) statuses[index] = 'invalid'
  const token = {
    subject: statusListSubject(aco),
    issuedAt: Math.floor(at / 1000),
    list: packStatuses(nativeZlib, statuses),
  }
  return sealSign1(STATUS_LIST, token, operator)
}

/** Four indices a byte: a list of the smallest size is 256 bytes, which deflate to some 12. */
const BLOCK = 1024
