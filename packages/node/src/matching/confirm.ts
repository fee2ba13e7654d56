import type { LookupHit, NodeApi } from '../api.ts'
import type { LineMatch } from './line-matcher.ts'

/** A match and what records say of it. */
export interface ConfirmedMatch extends LineMatch {
  /** The newest first; at least one. */
  readonly hits: readonly LookupHit[]
}

/** Asks about matches; those of which no record says anything, or any longer, are left out. */
export type Confirmer = (matches: readonly LineMatch[]) => Promise<readonly ConfirmedMatch[]>

/**
 * Asks a node what it knows of the values that a filter let through. What was asked is remembered, as much of it as is bounded: logs
 * say the same again and again.
 */
export function createConfirmer(lookup: NodeApi['lookup']): Confirmer {
  const known = new Map<string, readonly LookupHit[]>()

  async function ask(matches: readonly LineMatch[]): Promise<void> {
    const values = [
      ...new Set(matches.filter((match) => !known.has(nameOf(match))).map((match) => match.known.value)),
    ]
    for (let at = 0; at < values.length; at += VALUES_AT_ONCE) {
      const asked = new Set(values.slice(at, at + VALUES_AT_ONCE))
      const answers = await lookup([...asked])
      const hits = Map.groupBy(
        answers.flatMap((answer) => answer.hits.filter(({ matched }) => matched.relation === 'exact')),
        ({ matched }) => `${matched.type} ${matched.value}`,
      )
      for (const match of matches)
        if (asked.has(match.known.value))
          known.set(nameOf(match), (hits.get(nameOf(match)) ?? []).slice(0, MAX_HITS))
    }
  }

  return async (matches) => {
    const confirmed: ConfirmedMatch[] = []
    for (let at = 0; at < matches.length; at += MATCHES_AT_ONCE) {
      const some = matches.slice(at, at + MATCHES_AT_ONCE)
      await ask(some)
      for (const match of some) {
        const hits = known.get(nameOf(match)) ?? []
        if (hits.length > 0) confirmed.push({ ...match, hits })
      }
      if (known.size > MAX_REMEMBERED) known.clear()
    }
    return confirmed
  }
}

/** A look-up of so many takes a node some tens of ms. */
const VALUES_AT_ONCE = 200
const MATCHES_AT_ONCE = 1_000
/** Hits kept of one value: who says something of it first. */
const MAX_HITS = 8
/** Some tens of MB. */
const MAX_REMEMBERED = 10_000

function nameOf({ known: { type, value } }: LineMatch): string {
  return `${type} ${value}`
}
