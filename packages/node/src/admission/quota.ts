/** How much one member may make this node check by gossip: a bucket of bytes that refills with time. */
export interface Quota {
  /** Takes `bytes` out of the member's bucket, or says that it is empty. */
  take(member: string, bytes: number, nowMs: number): boolean
  /** Puts `bytes` back that were taken. */
  give(member: string, bytes: number): void
}

/** A feed's first load is some tens of MB; a member who goes on like that is heard by reconciliation, at this node's own pace. */
const BURST_BYTES: number = 64 * 1024 * 1024
const BYTES_PER_SECOND: number = 512 * 1024
/** Buckets remembered: a cluster has fewer nodes, and strangers never get here. */
const MAX_MEMBERS = 10_000

export function createQuota(): Quota {
  const buckets = new Map<string, { left: number; at: number }>()
  return {
    give(member, bytes) {
      const bucket = buckets.get(member)
      if (bucket !== undefined) bucket.left = Math.min(BURST_BYTES, bucket.left + bytes)
    },
    take(member, bytes, nowMs) {
      const bucket = buckets.get(member) ?? { left: BURST_BYTES, at: nowMs }
      const earned = (Math.max(0, nowMs - bucket.at) / 1000) * BYTES_PER_SECOND
      const left = Math.min(BURST_BYTES, bucket.left + earned)
      if (left < bytes) return false
      buckets.delete(member)
      buckets.set(member, { left: left - bytes, at: nowMs })
      const oldest = buckets.keys().next().value
      if (buckets.size > MAX_MEMBERS && oldest !== undefined) buckets.delete(oldest)
      return true
    },
  }
}
