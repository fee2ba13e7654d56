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

  /** Asks for each match by what `queryOf` says. @returns those that an answer leaves open */
  async function ask(
    matches: readonly LineMatch[],
    queryOf: (match: LineMatch) => string,
  ): Promise<readonly LineMatch[]> {
    const open: LineMatch[] = []
    const asked = Map.groupBy(matches, queryOf)
    const queries = [...asked.keys()]
    for (let at = 0; at < queries.length; at += VALUES_AT_ONCE) {
      for (const { query, hits, total } of await lookup(queries.slice(at, at + VALUES_AT_ONCE))) {
        const named = Map.groupBy(hits, ({ matched }) => nameOf(matched))
        for (const match of asked.get(query) ?? []) {
          const name = nameOf(match.known)
          const found = named.get(name)
          if (found === undefined && total > hits.length) open.push(match)
          known.set(name, (found ?? []).slice(0, MAX_HITS))
        }
      }
    }
    return open
  }

  return async (matches) => {
    const confirmed: ConfirmedMatch[] = []
    for (let at = 0; at < matches.length; at += MATCHES_AT_ONCE) {
      const some = matches.slice(at, at + MATCHES_AT_ONCE)
      const fresh = some.filter((match) => !known.has(nameOf(match.known)))
      // What is most told of an address may leave no room for what is told of a network around it.
      await ask(await ask(fresh, quickQuery), ({ known: { value } }) => value)
      for (const match of some) {
        const hits = known.get(nameOf(match.known)) ?? []
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

function nameOf({ type, value }: Pick<LookupHit['matched'], 'type' | 'value'>): string {
  return `${type} ${value}`
}

/** A network by its first address: asked for itself, all that is known in it would be listed as well. */
function quickQuery({ known: { type, value } }: LineMatch): string {
  return type === 'cidr' ? value.slice(0, value.indexOf('/')) : value
}
