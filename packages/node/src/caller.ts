import { isWithin, type TlpLabel } from '@intelmesh/protocol'
import type { Scope } from './people-api.ts'

/** On whose behalf a node is asked. */
export interface Caller {
  /** As in `AuditEntry`: the person, `local` or `node`. */
  readonly person: string
  /** Id of the token that was shown. */
  readonly token?: string
  readonly scope: Scope
  /** The highest label that may be shown to them; none for who may see all that the node sees. */
  readonly clearance?: TlpLabel
}

/** Who runs commands on the home itself. */
export const LOCAL: Caller = { person: 'local', scope: 'admin' }

/** What a caller may see: never more than the node's own certificate allows. */
export function clearanceOf({ clearance }: Caller, own: TlpLabel): TlpLabel {
  return clearance !== undefined && isWithin(clearance, own) ? clearance : own
}
