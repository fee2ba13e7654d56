import type { InviteRequest } from '@intelmesh/node'
import { KINDS, ROLES, type TlpLabel } from '@intelmesh/protocol'
import { present } from '../../present.ts'

/** What a certificate may say of an organisation: options of `aco invite` and `aco issue`. */
export const GRANT_OPTIONS = {
  kind: {
    kind: 'choice',
    choices: KINDS as typeof KINDS,
    value: 'K',
    summary: 'how it belongs to the cluster (default member)',
  },
  role: {
    kind: 'choice',
    choices: ROLES as typeof ROLES,
    value: 'R',
    repeats: true,
    summary: 'a role it plays',
  },
  clearance: { kind: 'tlp', value: 'L', summary: 'the narrowest label it may receive (default red)' },
  days: { kind: 'whole', value: 'D', summary: 'how long its certificates are valid (default 14)' },
  organisation: {
    kind: 'text',
    value: 'ID',
    summary: 'the organisation id of a member, for a further node or a replaced key',
  },
} as const

/** What was granted on the command line. */
export interface GrantChoice {
  readonly kind: InviteRequest['kind'] | undefined
  readonly role: InviteRequest['roles']
  readonly clearance: TlpLabel | undefined
  readonly days: number | undefined
  readonly organisation: string | undefined
}

/** The grant for an organisation, with the defaults of `aco invite`. */
export function grantFor(org: string, choice: GrantChoice): InviteRequest {
  const { kind = 'member', role, clearance = 'red', days = DEFAULT_DAYS, organisation } = choice
  return { org, kind, roles: role, clearance, days, ...present({ organisation }) }
}

/** Short enough that a lapsed member is gone soon, long enough to renew at half of it through a week of holidays. */
const DEFAULT_DAYS = 14
