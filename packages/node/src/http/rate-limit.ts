/** A bound on how often one address, or one token, may ask. */
export interface RateLimit {
  /** Takes one turn of an address, or of anything else that has a name; false when it has none left. */
  take(address: string): boolean
}

export interface RateLimitOptions {
  /** Turns that an address has at first, and at most. */
  readonly burst: number
  /** How long one turn takes to come back, in ms. */
  readonly refillMs: number
  /** Addresses remembered; beyond it the one unseen for longest goes. */
  readonly maxAddresses: number
}

interface Bucket {
  turns: number
  at: number
}

/** A token bucket for each address. `clock` gives ms and need not be the time of day. */
export function createRateLimit(
  clock: () => number,
  { burst, refillMs, maxAddresses }: RateLimitOptions,
): RateLimit {
  const buckets = new Map<string, Bucket>()

  return {
    take(address) {
      const name = networkOf(address)
      const now = clock()
      const held = buckets.get(name)
      const turns =
        held === undefined ? burst : Math.min(burst, held.turns + Math.max(0, now - held.at) / refillMs)
      // Set again, so that the first of the map is the one unseen for longest.
      buckets.delete(name)
      buckets.set(name, { turns: turns < 1 ? turns : turns - 1, at: now })
      if (buckets.size > maxAddresses) buckets.delete(buckets.keys().next().value as string)
      return turns >= 1
    },
  }
}

/** An IPv4 address, or the /64 of an IPv6 one: a single host commonly has all of it. */
export function networkOf(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1]
  if (mapped !== undefined || !address.includes(':')) return mapped ?? address
  const [head = '', tail] = (address.split('%')[0] ?? '').toLowerCase().split('::')
  const left = head === '' ? [] : head.split(':')
  const right = tail === undefined || tail === '' ? [] : tail.split(':')
  const zeros =
    tail === undefined ? [] : Array.from({ length: Math.max(0, 8 - left.length - right.length) }, () => '0')
  return [...left, ...zeros, ...right].slice(0, 4).join(':')
}
