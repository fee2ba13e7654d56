/** Holds each member to a rate of bytes. */
export interface Throttle {
  /** Notes that so many bytes of the member went through, and gives the ms that its next ones have to wait. */
  take(member: string, bytes: number): number
}

export interface ThrottleOptions {
  readonly bytesPerSecond: number
  /** Bytes that a member may send at once after a rest. */
  readonly burstBytes: number
}

/** Members remembered: the latest. */
const MAX_MEMBERS = 4096

export function createThrottle({ bytesPerSecond, burstBytes }: ThrottleOptions, now: () => number): Throttle {
  const buckets = new Map<string, { readonly left: number; readonly at: number }>()
  return {
    take(member, bytes) {
      const at = now()
      const bucket = buckets.get(member) ?? { left: burstBytes, at }
      const earned = ((at - bucket.at) / 1000) * bytesPerSecond
      const left = Math.min(burstBytes, bucket.left + earned) - bytes
      buckets.delete(member)
      buckets.set(member, { left, at })
      const oldest = buckets.keys().next().value
      if (buckets.size > MAX_MEMBERS && oldest !== undefined) buckets.delete(oldest)
      return left >= 0 ? 0 : Math.ceil((-left / bytesPerSecond) * 1000)
    },
  }
}
