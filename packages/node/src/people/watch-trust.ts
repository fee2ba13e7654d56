import type { Trust, TrustChange } from '../trust/index.ts'
import { isoTime } from '../query/index.ts'
import type { Hex } from '../store/index.ts'
import type { Note } from './entry.ts'

/** Notes who is revoked, suspended or let in again, and when the own certificate is another. */
export function watchTrust(
  trust: Pick<Trust, 'roster' | 'standing' | 'onChange'>,
  own: Hex,
  note: (note: Note) => void,
): void {
  const out = new Map<Hex, string>()
  for (const { keyId } of trust.roster.all()) {
    const standing = trust.standing(keyId)
    if (OUT.has(standing)) out.set(keyId, standing)
  }
  let certificate = trust.roster.ofKey(own)[0]?.id

  function standingNow(node: Hex): readonly string[] {
    const standing = trust.standing(node)
    const was = out.get(node)
    if (was === standing || (was === undefined && !OUT.has(standing))) return []
    if (OUT.has(standing)) out.set(node, standing)
    else out.delete(node)
    const name = trust.roster.ofKey(node)[0]?.certificate.claims.mesh.name ?? ''
    return [`${name} ${node}: ${standing}`]
  }

  trust.onChange(({ nodes }: TrustChange) => {
    const changed = nodes.flatMap(standingNow)
    if (changed.length > 0)
      note({
        person: 'node',
        action: 'trust',
        detail: { change: 'standing', count: changed.length, nodes: changed },
      })
    const newest = trust.roster.ofKey(own)[0]
    if (newest === undefined || newest.id === certificate) return
    certificate = newest.id
    const expires = isoTime(newest.certificate.claims.expiresAt * 1000)
    note({ person: 'node', action: 'trust', detail: { change: 'own certificate', certificate, expires } })
  })
}

/** Standings that are an ACO's doing, and not the clock's. */
const OUT: ReadonlySet<string> = new Set(['revoked', 'suspended'])
