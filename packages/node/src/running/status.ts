import { type TlpLabel, toHex, topicOf } from '@intelmesh/protocol'
import type { NodeStatus, PeerView } from '../api.ts'
import { hiddenFrom, isoTime, listInbox, visibleRecords, visibleSets } from '../query/index.ts'
import { VERSION } from '../version.ts'
import type { Core } from './core.ts'
import type { Mesh } from './mesh.ts'
import { peerSyncs, skippedRecords } from './peer-sync.ts'

/** What `status` says to somebody cleared for a label. */
export async function statusOf(core: Core, mesh: Mesh | undefined, clearance: TlpLabel): Promise<NodeStatus> {
  const { trust, store } = core
  const own = core.own()
  const { mesh: claim, expiresAt } = own.certificate.claims
  const beacon = trust.beacon?.claims
  return {
    cluster: trust.cluster,
    organisation: { id: toHex(claim.organisation), name: claim.name },
    node: own.keyId,
    kind: claim.kinds[0] ?? 'member',
    roles: claim.roles,
    clearance: claim.clearance,
    isRunning: mesh !== undefined,
    ...(mesh && { pid: process.pid }),
    addresses: mesh?.network.addresses ?? [],
    certificate: { id: own.id, expires: isoTime(expiresAt * 1000), standing: ownStanding(core, mesh) },
    aco: {
      fingerprint: trust.aco,
      beacon: beacon?.number ?? 0,
      at: isoTime(beacon?.at ?? 0),
      nextUpdate: isoTime(beacon?.nextUpdate ?? 0),
      isFresh: trust.isFresh(),
    },
    log: { size: trust.log.size, root: toHex(trust.log.root), state: trust.log.state },
    sets: Object.fromEntries(
      visibleSets(store, clearance).map(([set, { count, digest }]) => [set, { count, root: toHex(digest) }]),
    ),
    records: visibleRecords(store, clearance),
    peers: mesh?.network.peers().length ?? 0,
    isInSync: mesh?.scheduler.isInSync ?? false,
    sync: peerSyncs(core, mesh?.scheduler.standings() ?? [], clearance),
    skipped: await skippedRecords(core, mesh?.scheduler.skips() ?? [], clearance),
    inbox: (await listInbox({ ...core.query, clearance: () => clearance })).length,
    upgradeNeeded: trust.upgradeNeeded,
    version: VERSION,
  }
}

/** The own standing as far as this node knows, or as those say who refuse it: they may have heard what it has not. */
function ownStanding({ trust, own }: Core, mesh: Mesh | undefined): string {
  const standing = trust.standing(own().keyId)
  const [refusal] = mesh?.refusals.values() ?? []
  if (standing !== 'good' || refusal === undefined || (mesh?.network.peers().length ?? 0) > 0) return standing
  return `refused by ${mesh?.refusals.size ?? 0} members (${refusal})`
}

/** A connected member as `peers` lists it to somebody cleared for a label. */
export function peerView(
  { trust }: Core,
  peer: ReturnType<Mesh['network']['peers']>[number],
  clearance: TlpLabel,
): PeerView {
  const known = trust.roster.byId(peer.certificate) ?? trust.roster.ofKey(peer.node)[0]
  const hidden = hiddenFrom(clearance).map((compartment) => topicOf(compartment, trust.cluster))
  const claim = known?.certificate.claims.mesh
  return {
    node: peer.node,
    organisation: { id: claim === undefined ? '' : toHex(claim.organisation), name: claim?.name ?? '' },
    address: peer.address,
    direction: peer.direction,
    certificate: peer.certificate,
    certificateExpires: isoTime(peer.notAfter),
    standing: trust.standing(peer.node),
    connectedAt: isoTime(peer.connectedAt),
    score: peer.score,
    topics: peer.topics.filter((topic) => !hidden.includes(topic)),
  }
}
