import { normaliseUrl } from './normalise-url.ts'
import type { Observable } from './observable.ts'
import { networkOf, parseIp } from './parse-ip.ts'

/**
 * Whether a value is what `LookupRelation` calls `below` another one: a name under a name, an address or a network in a network, or
 * a URL whose host is that name or under it, or is in that network. Both in normal form. Nothing is below itself.
 */
export function isBelow({ type, value }: Observable, above: Observable): boolean {
  if (type === 'url') {
    const url = normaliseUrl(value)
    if (url === undefined) return false
    const host = { type: url.hostType, value: url.host }
    return (host.type === above.type && host.value === above.value) || isBelow(host, above)
  }
  if (above.type === 'domain') return type === 'domain' && value.endsWith(`.${above.value}`)
  if (above.type !== 'cidr') return false
  const outer = readNetwork(above.value)
  const inner = type === 'cidr' ? readNetwork(value) : readAddress(type, value)
  if (inner === undefined || outer === undefined) return false
  return (
    inner.bytes.length === outer.bytes.length &&
    inner.prefix > outer.prefix &&
    networkOf(inner.bytes, outer.prefix).join() === outer.bytes.join()
  )
}

interface Network {
  readonly bytes: readonly number[]
  readonly prefix: number
}

function readNetwork(text: string): Network | undefined {
  const slash = text.indexOf('/')
  const bytes = parseIp(text.slice(0, slash))
  return bytes && { bytes, prefix: Number(text.slice(slash + 1)) }
}

function readAddress(type: string, text: string): Network | undefined {
  const bytes = type === 'ipv4' || type === 'ipv6' ? parseIp(text) : undefined
  return bytes && { bytes, prefix: bytes.length * 8 }
}
