/** How much one author may make this node check: a bucket of bytes that refills with time. */
export interface Quota {
  /** Takes `bytes` out of the author's bucket, or says that it is empty. */
  take(author: string, bytes: number, nowMs: number): boolean
}

/** A feed's first load is some tens of MB; a member who goes on like that is heard by reconciliation, at this node's own pace. */
const BURST_BYTES: number = 64 * 1024 * 1024
const BYTES_PER_SECOND: number = 512 * 1024
/** Authors remembered: a cluster has fewer nodes, and strangers never get here. */
const MAX_AUTHORS = 10_000

export function createQuota(): Quota {
  const buckets = new Map<string, { left: number; at: number }>()
  return {
    take(author, bytes, nowMs) {
      const bucket = buckets.get(author) ?? { left: BURST_BYTES, at: nowMs }
      const earned = (Math.max(0, nowMs - bucket.at) / 1000) * BYTES_PER_SECOND
      const left = Math.min(BURST_BYTES, bucket.left + earned)
      if (left < bytes) return false
      buckets.delete(author)
      buckets.set(author, { left: left - bytes, at: nowMs })
      const oldest = buckets.keys().next().value
      if (buckets.size > MAX_AUTHORS && oldest !== undefined) buckets.delete(oldest)
      return true
    },
  }
}
