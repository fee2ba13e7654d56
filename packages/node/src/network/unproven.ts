import type { MultiaddrConnection } from '@libp2p/interface'
import { CODE_IP6 } from '@multiformats/multiaddr'
import { toHex } from '@intelmesh/protocol'
import { NetworkError } from './errors.ts'
import type { NetworkSettings } from './settings.ts'

/** Keeps strangers from taking all places or memory before they have shown who they are. */
export interface UnprovenLimits {
  /** Takes a place for an inbound connection; false when there is none left. */
  take(connection: MultiaddrConnection): boolean
  /** The peer has proven its membership: its place is free and its bytes are no longer counted. */
  free(connection: { readonly timeline: object }): void
}

/** What an abstract libp2p connection calls with what its socket brings. */
type Intake = MultiaddrConnection & { onData(data: { readonly byteLength: number }): void }

export function createUnprovenLimits(
  settings: Pick<NetworkSettings, 'maxUnproven' | 'maxUnprovenPerHost' | 'maxUnprovenBytes'>,
): UnprovenLimits {
  const hosts = new Map<string, number>()
  // The timeline is what a libp2p connection shares with the raw connection below it.
  const places = new Map<object, () => void>()

  function take(connection: MultiaddrConnection): boolean {
    const host = hostOf(connection)
    const taken = hosts.get(host) ?? 0
    if (places.size >= settings.maxUnproven || taken >= settings.maxUnprovenPerHost) return false
    hosts.set(host, taken + 1)
    const stopCounting = limitBytes(connection as Intake, settings.maxUnprovenBytes)
    places.set(connection.timeline, () => {
      stopCounting()
      const left = (hosts.get(host) ?? 1) - 1
      if (left === 0) hosts.delete(host)
      else hosts.set(host, left)
    })
    connection.addEventListener('close', () => free(connection), { once: true })
    return true
  }

  function free({ timeline }: { readonly timeline: object }): void {
    places.get(timeline)?.()
    places.delete(timeline)
  }

  return { take, free }
}

/** Counts what comes in before libp2p buffers it: its own bound before the muxer is 4 MiB a connection. */
function limitBytes(connection: Intake, maxBytes: number): () => void {
  const onData = connection.onData.bind(connection)
  let left = maxBytes
  connection.onData = (data) => {
    left -= data.byteLength
    if (left >= 0) onData(data)
    else connection.abort(new NetworkError('HANDSHAKE_FAILED', `expected proof within ${maxBytes} bytes`))
  }
  return () => {
    connection.onData = onData
  }
}

/** An IPv4 address, or the /64 of an IPv6 address, which a single host has to itself. */
function hostOf({ remoteAddr: { bytes } }: MultiaddrConnection): string {
  return toHex(bytes.subarray(0, 1 + (bytes[0] === CODE_IP6 ? 8 : 4)))
}
