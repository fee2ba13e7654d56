import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { ConnectedPeer, Network } from '../network/index.ts'
import { SILENT_LOGGER } from '../observe/index.ts'
import type { Core } from './core.ts'
import { createDialler } from './dialler.ts'

const MINUTE_MS = 60_000

/** A node among members that all can be reached, and are connected once they were dialled. */
function among(members: number): {
  readonly parts: Parameters<typeof createDialler>[0]
  readonly peers: Map<string, ConnectedPeer>
  readonly letGo: string[]
} {
  const peers = new Map<string, ConnectedPeer>()
  const letGo: string[] = []
  const names = Array.from({ length: members }, (_, i) => `member ${i}`)
  const network = {
    relays: [],
    peers: () => [...peers.values()],
    async dial(address: string) {
      peers.set(address, {
        node: address,
        direction: 'outbound',
        connectedAt: Date.now(),
      } as unknown as ConnectedPeer)
      return peers.get(address)
    },
    async disconnect(node: string) {
      letGo.push(node)
      peers.delete(node)
    },
  } as unknown as Network
  const core = {
    bootstrap: new Map(),
    clock: () => Date.now(),
    own: () => ({ keyId: 'self' }),
    trust: { contacts: () => new Map(names.map((name) => [name, [name]])) },
  } as unknown as Core
  return { parts: { core, network, logger: SILENT_LOGGER }, peers, letGo }
}

describe(createDialler, () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  it('connects to as many members as it keeps, and to others when some are lost', async () => {
    const { parts, peers } = among(50)
    await using _ = createDialler(parts)
    await vi.advanceTimersByTimeAsync(1_000)
    expect(peers.size).toBe(12)
    for (const node of [...peers.keys()].slice(0, 5)) peers.delete(node)
    await vi.advanceTimersByTimeAsync(1_000)
    expect(peers.size).toBe(12)
  })

  it('goes on to meet members that it does not know yet, though it has enough', async () => {
    const { parts, peers, letGo } = among(50)
    await using _ = createDialler(parts)
    const met = new Set<string>()
    for (let minute = 0; minute < 120; minute++) {
      await vi.advanceTimersByTimeAsync(MINUTE_MS)
      for (const node of peers.keys()) met.add(node)
    }
    expect(met.size).toBeGreaterThan(40)
    expect(letGo.length).toBeGreaterThan(20)
    expect(peers.size).toBeLessThan(30)
  })

  it('lets nobody go to whom others have dialled, or who passes bytes on to it', async () => {
    const { parts, peers, letGo } = among(50)
    const relays = ['member 0']
    Object.assign(parts.network, { relays })
    for (let i = 0; i < 20; i++)
      peers.set(`other ${i}`, {
        node: `other ${i}`,
        direction: 'inbound',
        connectedAt: 0,
      } as unknown as ConnectedPeer)
    await using _ = createDialler(parts)
    for (let minute = 0; minute < 120; minute++) {
      await vi.advanceTimersByTimeAsync(MINUTE_MS)
      await parts.network.dial('member 0', AbortSignal.timeout(1))
    }
    expect(letGo.filter((node) => node.startsWith('other') || relays.includes(node))).toEqual([])
  })
})
