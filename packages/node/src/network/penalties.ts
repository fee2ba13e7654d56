/** Counts what peers did wrong outside gossip. Counts halve every ten minutes. */
export interface Penalties {
  add(node: string): void
  of(node: string): number
}

const HALF_LIFE_MS: number = 10 * 60_000
/** Counts are kept of so many nodes, the latest offenders. */
const MAX_NODES = 4096

interface Entry {
  readonly count: number
  readonly at: number
}

export function createPenalties(now: () => number): Penalties {
  const entries = new Map<string, Entry>()

  const of = (node: string): number => {
    const entry = entries.get(node)
    return entry === undefined ? 0 : entry.count * 0.5 ** ((now() - entry.at) / HALF_LIFE_MS)
  }

  function add(node: string): void {
    const count = of(node) + 1
    entries.delete(node)
    entries.set(node, { count, at: now() })
    const oldest = entries.keys().next().value
    if (entries.size > MAX_NODES && oldest !== undefined) entries.delete(oldest)
  }

  return { add, of }
}
