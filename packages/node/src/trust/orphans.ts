import { codeOf } from '@intelmesh/protocol'
import type { KnownCertificate } from './roster.ts'

/** Certificates of the own store whose issuer's is not in it, as after damage: they count once that has come back. */
export interface Orphans {
  /** Adds a certificate that was verified when it came in, or keeps it until its issuer is known. @throws TrustError */
  add(bytes: Uint8Array): Promise<void>
  /** Adds those whose issuer has come meanwhile, and gives them. @throws TrustError */
  retry(): Promise<readonly KnownCertificate[]>
}

/** @param add throws CERT_UNKNOWN while the issuer of a certificate is not known */
export function createOrphans(add: (bytes: Uint8Array) => Promise<KnownCertificate>): Orphans {
  const waiting = new Set<Uint8Array>()

  async function tryToAdd(bytes: Uint8Array): Promise<KnownCertificate | undefined> {
    try {
      const known = await add(bytes)
      waiting.delete(bytes)
      return known
    } catch (error) {
      if (codeOf(error) !== 'CERT_UNKNOWN') throw error
      waiting.add(bytes)
      return undefined
    }
  }

  return {
    async add(bytes) {
      await tryToAdd(bytes)
    },
    async retry() {
      const added: KnownCertificate[] = []
      for (const bytes of waiting) {
        const known = await tryToAdd(bytes)
        if (known !== undefined) added.push(known)
      }
      return added
    },
  }
}
