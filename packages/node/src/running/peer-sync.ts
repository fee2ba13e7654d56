import { toHex, type TlpLabel } from '@intelmesh/protocol'
import { reasonOf, skippedViews } from '../care/index.ts'
import type { PeerSync, SkippedRecord } from '../care-api.ts'
import type { MemberFigures, SetFigures, StandingFigures } from '../observe/index.ts'
import { isoTime, visibleSets } from '../query/index.ts'
import type { SetStanding, Skip } from '../syncing/index.ts'
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
      const { node, set, state, isComparing, comparedAt, equalAt, own, theirs, received, sent, code } =
        standing
      const divergence = divergenceOf(standing)
      return {
        node,
        organisation: organisationOf(trust, node),
        set,
        state,
        isComparing,
        lagSeconds: lagOf(standing, clock()),
        ...(comparedAt !== undefined && { comparedAt: isoTime(comparedAt) }),
        ...(equalAt !== undefined && { equalAt: isoTime(equalAt) }),
        ...(own !== undefined && { here: own }),
        ...(theirs !== undefined && { there: theirs }),
        ...(standing.onlyHere !== undefined && { onlyHere: standing.onlyHere }),
        ...(standing.onlyThere !== undefined && { onlyThere: standing.onlyThere }),
        ...(divergence !== undefined && { divergence }),
        received,
        sent,
        skipped: skippedViews(standing.skipped),
        ...(code !== undefined && { problem: { code, reason: reasonOf(code) } }),
      }
    })
    .toSorted((a, b) => b.lagSeconds - a.lagSeconds)
}

/** What sessions left out, as somebody cleared for a label may know of it. What came by another way since is left out no longer. */
export async function skippedRecords(
  { trust, store }: Pick<Core, 'trust' | 'store'>,
  skips: readonly Skip[],
  clearance: TlpLabel,
): Promise<readonly SkippedRecord[]> {
  const visible = new Set(visibleSets(store, clearance).map(([set]) => set))
  const shown = skips.filter(({ set, code }) => visible.has(set) && code !== REPLACED)
  const named = shown.flatMap(({ id }) => id ?? [])
  const [areRecords, areControl] = await Promise.all([
    store.hasRecords(named),
    Promise.all(named.map(async (id) => (await store.control(id)) !== undefined)),
  ])
  const held = new Set(named.filter((_, i) => areRecords[i] === true || areControl[i] === true))
  return shown
    .filter(({ id }) => id === undefined || !held.has(id))
    .map(({ id, set, code, node, at }) => ({
      ...(id !== undefined && { id }),
      set,
      code,
      reason: reasonOf(code),
      from: { node, organisation: organisationOf(trust, node) },
      at: isoTime(at),
    }))
}

/** The same for the metrics: of each set, over all members, and of each member; of these what differs longest first. */
export function standingFigures(standings: readonly SetStanding[], now: number): StandingFigures {
  const ours = standings.filter((standing) => !isNoneOfOurs(standing))
  const members = ours
    .map((standing): MemberFigures => {
      const { node, set } = standing
      const divergence = divergenceOf(standing)
      return { node, set, lagSeconds: lagOf(standing, now), ...(divergence !== undefined && { divergence }) }
    })
    .toSorted((a, b) => b.lagSeconds - a.lagSeconds)
  const sets = [...Map.groupBy(ours, ({ set }) => set)].map(([set, each]): SetFigures => {
    const counted = (...states: readonly SetStanding['state'][]): number =>
      each.filter(({ state }) => states.includes(state)).length
    return {
      set,
      equal: counted('equal'),
      unequal: counted('unequal'),
      unknown: counted('unknown', 'refused', 'failed'),
      lagSeconds: Math.max(...each.map((standing) => lagOf(standing, now))),
      divergence: Math.max(...each.map((standing) => divergenceOf(standing) ?? 0)),
    }
  })
  return { sets, members }
}

/** What holds no longer since a newer one is held is missed by nobody. */
const REPLACED = 'OUTDATED'

function organisationOf({ roster }: Pick<Core['trust'], 'roster'>, node: string): PeerSync['organisation'] {
  const claims = roster.ofKey(node)[0]?.certificate.claims.mesh
  return { id: claims === undefined ? '' : toHex(claims.organisation), name: claims?.name ?? '' }
}

function lagOf(standing: SetStanding, now: number): number {
  if (standing.state === 'equal' || isNoneOfOurs(standing)) return 0
  return Math.max(0, Math.round((now - (standing.equalAt ?? standing.since)) / 1000))
}

/**
 * Ids that one side alone had when the sets were last compared. Where nobody looked for which, their numbers tell the least that it can be: sets
 * of one size that are not equal differ in one on each side.
 */
function divergenceOf({ own, theirs, onlyHere, onlyThere }: SetStanding): number | undefined {
  if (own === undefined || theirs === undefined) return undefined
  const least = Math.abs(own - theirs)
  if (onlyHere !== undefined && onlyThere !== undefined) return Math.max(onlyHere + onlyThere, least)
  return least || 2
}

/** A set that a member does not share lags behind nothing. */
function isNoneOfOurs({ state, code }: SetStanding): boolean {
  return state === 'refused' && code === 'NOT_ENTITLED'
}
