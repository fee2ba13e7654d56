import { BEACON, frontierRoot, fromHex, parseSign1, toHex } from '@intelmesh/protocol'
import { nativeCrypto } from '../crypto/native.ts'
import type { Store } from '../store/index.ts'
import { BEACON_KEY } from '../trust/index.ts'
import { AuthorityError } from './errors.ts'
import { type StateRow, STATE_KEY } from './register.ts'

/** More beacons than an ACO signs in two years: what it signed and no member has shown yet lies below. */
const SKIPPED_BEACONS: number = 2 ** 20

/** What the operator knows that the store cannot. */
export interface ResumeOptions {
  /** The ACO signed nothing after the copy, since its node was stopped for it and did not run again. */
  readonly isLatest: boolean
}

/**
 * Lets the register of an ACO that was copied earlier go on from the newest of its own beacons that members showed since: allowed
 * if nothing but beacons was signed after the copy, so that log, statements and status list are those of the register. Beacon
 * numbers go on far above, so that none is used twice.
 *
 * @returns the number below which it signs no beacon
 * @throws AuthorityError AUTHORITY_MISSING; AUTHORITY_BEHIND when it was not heard how far the ACO had come, or when it had acted
 * @see docs/spec/backup.md, "ACOs"
 */
export async function resumeAuthority(
  store: Pick<Store, 'commit' | 'control' | 'ledger' | 'logSize'>,
  { isLatest }: ResumeOptions,
): Promise<number> {
  const state = (await store.ledger(STATE_KEY)) as StateRow | undefined
  const row = await store.control(BEACON_KEY)
  if (state === undefined || row === undefined)
    throw new AuthorityError('AUTHORITY_MISSING', 'this home holds no register of an ACO')
  const { number, checkpoint, listHash, statements } = parseSign1(BEACON, row.bytes).claims
  if (number <= state.beacon && !isLatest)
    throw new AuthorityError(
      'AUTHORITY_BEHIND',
      'no member has shown yet how far this ACO had come: run the node as a member until it is in sync',
    )
  const frontier = { size: state.logSize, peaks: state.logPeaks.map(fromHex) }
  const isSame =
    checkpoint.size === state.logSize &&
    store.logSize === state.logSize &&
    toHex(checkpoint.root) === toHex(frontierRoot(nativeCrypto, frontier)) &&
    toHex(listHash) === state.listHash &&
    statements === state.statements
  if (!isSame)
    throw new AuthorityError(
      'AUTHORITY_BEHIND',
      'this ACO certified or revoked after the backup: restore a newer backup, or found a new root',
    )
  const beacon = number + SKIPPED_BEACONS
  await store.commit({ ledger: { [STATE_KEY]: { ...state, beacon } satisfies StateRow } }, { sync: true })
  return beacon
}
