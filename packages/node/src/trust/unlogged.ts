import { MERGE_DELAY_MS } from '@intelmesh/protocol'
import type { Hex } from '../store/index.ts'
import type { LogCopy } from './log-copy.ts'
import type { KnownCertificate } from './roster.ts'

/** Node certificates that were taken within the merge delay, and have not been seen in the log yet. */
export interface Unlogged {
  /** Watches a certificate, unless it is in the log. */
  note(known: KnownCertificate): Promise<void>
  /** Forgets those that have come into the log. */
  settle(): Promise<void>
  /** Whether the merge delay of a certificate is over and it is not in the log. */
  isOverdue(id: Hex, nowMs: number): boolean
}

export function createUnlogged(log: Pick<LogCopy, 'has'>): Unlogged {
  const waiting = new Map<Hex, KnownCertificate>()
  return {
    async note(known) {
      if (known.certificate.claims.mesh.subject !== 'node') return
      // Where the log cannot be read, it is watched.
      waiting.set(known.id, known)
      if (await log.has(known.certificate.bytes)) waiting.delete(known.id)
    },
    async settle() {
      for (const [id, { certificate }] of waiting) {
        if (await log.has(certificate.bytes)) waiting.delete(id)
      }
    },
    isOverdue(id, nowMs) {
      const known = waiting.get(id)
      return known !== undefined && nowMs - known.certificate.claims.issuedAt * 1000 >= MERGE_DELAY_MS
    },
  }
}
