import { toHex, type TlpLabel } from '@intelmesh/protocol'
import { reasonOf, skippedViews } from '../care/index.ts'
import type { PeerSync } from '../care-api.ts'
import type { SetStandingFigures } from '../observe/index.ts'
import { isoTime, visibleSets } from '../query/index.ts'
import type { SetStanding } from '../syncing/index.ts'
import type { Core } from './core.ts'

/** How the sets that somebody cleared for a label may know of stand to those of connected members: what differs longest first. */
export function peerSyncs(
  { trust, store, clock }: Pick<Core, 'trust' | 'store' | 'clock'>,
  standings: readonly SetStanding[],
  clearance: TlpLabel,
): readonly PeerSync[] {
  const visible = new Set(visibleSets(store, clearance).map(([set]) => set))
  return standings
    .filter(({ set }) => visible.has(set))
    .map((standing) => {
      const claims = trust.roster.ofKey(standing.node)[0]?.certificate.claims.mesh
      const { node, set, state, isComparing, comparedAt, equalAt, own, theirs, received, sent, code } =
        standing
      return {
        node,
        organisation: {
          id: claims === undefined ? '' : toHex(claims.organisation),
          name: claims?.name ?? '',
        },
        set,
        state,
        isComparing,
        lagSeconds: lagOf(standing, clock()),
        ...(comparedAt !== undefined && { comparedAt: isoTime(comparedAt) }),
        ...(equalAt !== undefined && { equalAt: isoTime(equalAt) }),
        ...(own !== undefined && { here: own }),
        ...(theirs !== undefined && { there: theirs }),
        received,
        sent,
        skipped: skippedViews(standing.skipped),
        ...(code !== undefined && { problem: { code, reason: reasonOf(code) } }),
      }
    })
    .toSorted((a, b) => b.lagSeconds - a.lagSeconds)
}

/** The same for the metrics: of each set, over all members. */
export function standingFigures(
  standings: readonly SetStanding[],
  now: number,
): ReadonlyMap<string, SetStandingFigures> {
  const bySet = Map.groupBy(
    standings.filter((standing) => !isNoneOfOurs(standing)),
    ({ set }) => set,
  )
  return new Map(
    [...bySet].map(([set, each]) => {
      const counted = (...states: readonly SetStanding['state'][]): number =>
        each.filter(({ state }) => states.includes(state)).length
      return [
        set,
        {
          equal: counted('equal'),
          unequal: counted('unequal'),
          unknown: counted('unknown', 'refused', 'failed'),
          lagSeconds: Math.max(...each.map((standing) => lagOf(standing, now))),
          divergence: Math.max(
            ...each.map(({ state, own, theirs }) =>
              state === 'equal' ? 0 : Math.abs((own ?? 0) - (theirs ?? 0)),
            ),
          ),
        },
      ]
    }),
  )
}

function lagOf(standing: SetStanding, now: number): number {
  if (standing.state === 'equal' || isNoneOfOurs(standing)) return 0
  return Math.max(0, Math.round((now - (standing.equalAt ?? standing.since)) / 1000))
}

/** A set that a member does not share lags behind nothing. */
function isNoneOfOurs({ state, code }: SetStanding): boolean {
  return state === 'refused' && code === 'NOT_ENTITLED'
}
