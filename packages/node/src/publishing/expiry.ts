import { MAX_LIFETIME_HOURS } from '@intelmesh/protocol'
import { lifetimeDays, observablesOf, type StixObject } from '@intelmesh/stix'
import { hourOf } from '../admission/index.ts'
import type { Refusal } from './components.ts'

const HOURS_PER_DAY = 24

/**
 * The hour at which an object's record leaves the mesh: as asked, else by its type.
 *
 * @param asked ISO 8601 instant
 */
export function expiryOf(object: StixObject, asked: string | undefined, nowMs: number): number | Refusal {
  const now = hourOf(nowMs)
  if (asked === undefined)
    return now + 1 + lifetimeDays(object, observablesOf(object).observables) * HOURS_PER_DAY
  const at = Date.parse(asked)
  if (Number.isNaN(at))
    return { code: 'EXPIRES_INVALID', path: '', reason: 'expected an instant such as 2027-01-31T00:00:00Z' }
  if (at <= nowMs)
    return {
      code: 'EXPIRES_IN_PAST',
      path: '',
      reason: 'the expiry lies in the past: the mesh would drop the record at once',
    }
  const expires = Math.ceil(at / 3_600_000)
  if (expires - now > MAX_LIFETIME_HOURS)
    return { code: 'EXPIRES_TOO_FAR', path: '', reason: 'a record lives 3,650 days at most' }
  return expires
}
