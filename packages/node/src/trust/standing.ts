import type { Beacon, Standing, StatusBits } from '@intelmesh/protocol'
import type { Hex } from '../store/index.ts'
import type { Closures } from './closures.ts'
import type { LogCopy } from './log-copy.ts'
import type { Roster } from './roster.ts'
import type { Unlogged } from './unlogged.ts'

/** What the standing of a node follows from. */
export interface StandingSources {
  readonly roster: Pick<Roster, 'ofKey'>
  readonly closures: Pick<Closures, 'of'>
  readonly log: Pick<LogCopy, 'stateAgainst'>
  readonly unlogged: Pick<Unlogged, 'isOverdue'>
  /** The newest that are known. */
  readonly beacon: Beacon | undefined
  readonly statuses: StatusBits | undefined
}

/** The standing of a node key with its ACO: what says the worst of it counts. See docs/spec/status.md. */
export function standingOf(sources: StandingSources, node: Hex, nowMs: number): Standing {
  const { roster, closures, unlogged, beacon, statuses } = sources
  const status = closures.of(node, nowMs)
  if (status.isRevoked) return 'revoked'
  if (status.suspendedUntil !== undefined) return 'suspended'
  const known = roster.ofKey(node)[0]
  const newest = known?.certificate.claims
  if (known === undefined || newest?.mesh.statusIndex === undefined) return 'unknown'
  if (isLogWhole(sources) && unlogged.isOverdue(known.id, nowMs)) return 'unknown'
  if (beacon?.revoked.includes(newest.mesh.statusIndex)) return 'revoked'
  const listed = statusAt(statuses, newest.mesh.statusIndex)
  if (listed !== 'valid') return listed === 'suspended' ? 'suspended' : 'revoked'
  return newest.expiresAt * 1000 <= nowMs ? 'expired' : 'good'
}

/** Only a node that holds the whole log can say what is not in it. */
function isLogWhole({ beacon, log }: StandingSources): boolean {
  return beacon !== undefined && log.stateAgainst(beacon.checkpoint) === 'consistent'
}

function statusAt(statuses: StatusBits | undefined, index: number): string {
  try {
    return statuses?.statusAt(index) ?? 'valid'
  } catch {
    // A list older than the certificate does not cover its index yet.
    return 'valid'
  }
}
