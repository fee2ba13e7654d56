/** How much one member may make this node check: a bucket of bytes that refills with time. */
export interface Quota {
  /** Whether `bytes` could be taken out of the member's bucket now. */
  has(member: string, bytes: number, nowMs: number): boolean
  /** Takes `bytes` out of the member's bucket, or says that it is empty. */
  take(member: string, bytes: number, nowMs: number): boolean
  /** Puts `bytes` back that were taken. */
  give(member: string, bytes: number): void
}

/** What a full bucket holds, and how fast it fills. */
export interface QuotaRates {
  readonly burstBytes: number
  readonly bytesPerSecond: number
}

/** A feed's first load is some tens of MB; a member who goes on like that is heard by reconciliation, at this node's own pace. */
const RECORDS: QuotaRates = { burstBytes: 64 * 1024 * 1024, bytesPerSecond: 512 * 1024 }
/** Buckets remembered: a cluster has fewer nodes, and strangers never get here. */
const MAX_MEMBERS = 10_000

/** @param rates those of records unless given */
export function createQuota({ burstBytes, bytesPerSecond }: QuotaRates = RECORDS): Quota {
  const buckets = new Map<string, { left: number; at: number }>()

  function leftOf(member: string, nowMs: number): number {
    const bucket = buckets.get(member) ?? { left: burstBytes, at: nowMs }
    const earned = (Math.max(0, nowMs - bucket.at) / 1000) * bytesPerSecond
    return Math.min(burstBytes, bucket.left + earned)
  }

  return {
    has: (member, bytes, nowMs) => leftOf(member, nowMs) >= bytes,
    give(member, bytes) {
      const bucket = buckets.get(member)
      if (bucket !== undefined) bucket.left = Math.min(burstBytes, bucket.left + bytes)
    },
    take(member, bytes, nowMs) {
      const left = leftOf(member, nowMs)
      if (left < bytes) return false
      buckets.delete(member)
      buckets.set(member, { left: left - bytes, at: nowMs })
      const oldest = buckets.keys().next().value
      if (buckets.size > MAX_MEMBERS && oldest !== undefined) buckets.delete(oldest)
      return true
    },
  }
}
