import type { MultiaddrConnection } from '@libp2p/interface'
import { CODE_IP6, type Multiaddr } from '@multiformats/multiaddr'
import { toHex } from '@intelmesh/protocol'
import { NetworkError } from './errors.ts'
import type { NetworkSettings } from './settings.ts'

/** Keeps strangers from taking all places or memory before they have shown who they are. */
export interface UnprovenLimits {
  /** Takes a place for an inbound connection; false when there is none left. */
  take(connection: MultiaddrConnection): boolean
  /** The peer has proven its membership: its place is free and its bytes are no longer counted. */
  free(connection: { readonly timeline: object }): void
  /** Takes a place for who is no connection yet; gives what frees it, or nothing when there is none left. */
  takeHost(address: Multiaddr): (() => void) | undefined
}

/** What an abstract libp2p connection calls with what its socket brings. */
type Intake = MultiaddrConnection & { onData(data: { readonly byteLength: number }): void }

export function createUnprovenLimits(
  settings: Pick<NetworkSettings, 'maxUnproven' | 'maxUnprovenPerHost' | 'maxUnprovenBytes'>,
): UnprovenLimits {
  const hosts = new Map<string, number>()
  let taken = 0
  // The timeline is what a libp2p connection shares with the raw connection below it.
  const places = new Map<object, () => void>()

  function takeHost(address: Multiaddr): (() => void) | undefined {
    const host = hostOf(address)
    const ofHost = hosts.get(host) ?? 0
    if (taken >= settings.maxUnproven || ofHost >= settings.maxUnprovenPerHost) return undefined
    hosts.set(host, ofHost + 1)
    taken += 1
    let isFree = false
    return () => {
      if (isFree) return
      isFree = true
      taken -= 1
      const left = (hosts.get(host) ?? 1) - 1
      if (left === 0) hosts.delete(host)
      else hosts.set(host, left)
    }
  }

  function take(connection: MultiaddrConnection): boolean {
    const freeHost = takeHost(connection.remoteAddr)
    if (freeHost === undefined) return false
    const stopCounting = limitBytes(connection as Intake, settings.maxUnprovenBytes)
    places.set(connection.timeline, () => {
      stopCounting()
      freeHost()
    })
    connection.addEventListener('close', () => free(connection), { once: true })
    return true
  }

  function free({ timeline }: { readonly timeline: object }): void {
    places.get(timeline)?.()
    places.delete(timeline)
  }

  return { take, free, takeHost }
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

/** An IPv4 address, or the /64 of an IPv6 address, which a single host has to itself. Through a relay, the relay's. */
function hostOf(address: Multiaddr): string {
  const [host] = address.getComponents()
  return host?.code === CODE_IP6 ? toHex(address.bytes.subarray(1, 9)) : (host?.value ?? '')
}
