import { nativeSignerOf } from './crypto/index.ts'
import { ApiError } from './errors.ts'
import { homePaths, lockHome } from './home/index.ts'
import { createLogger, NO_METRICS } from './observe/index.ts'
import type { HomeAccess } from './open-home.ts'
import { openCore } from './running/core.ts'
import { readOwnKey } from './running/own-key.ts'

/** What renewing the certificate of an ACO's operator takes, besides its home. */
export interface OperatorRenewal extends HomeAccess {
  /** Path of the root's key file. */
  readonly rootKey: string
  /** Asked only when that file is under a passphrase. */
  readonly rootPassphrase: () => Promise<Uint8Array>
  /** How long the next certificate holds; the root's own validity cuts it. */
  readonly days: number
}

/**
 * Has the root sign the operator's next certificate. No node may run on the home; the next start announces what was signed.
 *
 * @returns when it ends, in ISO 8601
 * @throws HomeError KEY_MISSING, KEY_PASSPHRASE_WRONG, HOME_IN_USE; ApiError NOT_AN_ACO; AuthorityError AUTHORITY_MISMATCH for a
 * key that is not the root's; StoreError
 */
export async function renewOperator(renewal: OperatorRenewal): Promise<{ readonly expires: string }> {
  const { home, config, passphrase, rootKey, rootPassphrase, days } = renewal
  const paths = homePaths(home)
  await using _lock = await lockHome(paths, { mayCreate: false })
  const logger = createLogger({ level: 'silent' })
  await using core = await openCore({ paths, config, passphrase, logger, metrics: NO_METRICS })
  if (core.authority === undefined) throw new ApiError('NOT_AN_ACO', `${paths.home} is not that of an ACO`)
  const root = await readOwnKey(rootKey, rootPassphrase)
  const authority = await core.authority()
  await authority.renewOperator(nativeSignerOf(root.secret.expose()), days)
  const ends = core.clock() + authority.operatorDaysLeft() * DAY_MS
  return { expires: new Date(Math.round(ends / 1000) * 1000).toISOString() }
}

const DAY_MS = 86_400_000
