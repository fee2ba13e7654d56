import { SYNC_SETS, toHex } from '@intelmesh/protocol'
import { VERSION } from '../version.ts'
import type { NodeApi, NodeStatus, PeerView, RecordView } from '../api.ts'
import { ApiError } from '../errors.ts'
import {
  exportRecords,
  isoTime,
  listRecords,
  lookupValues,
  mayShow,
  showRecord,
  viewOf,
} from '../query/index.ts'
import type { Core } from './core.ts'
import { diagnose } from './doctor.ts'
import type { Mesh } from './mesh.ts'

/** What waits at most for one reader of the live stream; a reader who is slower misses the oldest. */
const MAX_TAIL = 10_000

/** The one interface to a node, over its core and, while it runs, its mesh. */
export function createNodeApi(core: Core, mesh: Mesh | undefined): NodeApi {
  const { query, publisher, store, authority } = core

  function running(): Mesh {
    if (mesh === undefined)
      throw new ApiError('NODE_NOT_RUNNING', 'no node runs on this home: start it with `intelmesh run`')
    return mesh
  }

  return {
    status: async () => statusOf(core, mesh),
    peers: async () =>
      running()
        .network.peers()
        .map((peer) => peerView(core, peer)),
    async publish(request) {
      const result = await publisher.publish(request)
      core.options.metrics.published('published', request.dryRun === true ? 0 : result.published.length)
      core.options.metrics.published('refused', result.refused.length)
      return result
    },
    retract: (request) => publisher.retract(request),
    lookup: (values) => lookupValues(query, values),
    records: (filter) => listRecords(query, filter),
    show: (id) => showRecord(query, id),
    export: (filter) => exportRecords(query, filter),
    async quarantine({ limit }) {
      const rows = await store.quarantine(limit ?? 100)
      return rows.map(({ at, ...row }) => ({ at: isoTime(at), ...row }))
    },
    doctor: () => diagnose(core, mesh),
    tail(signal) {
      running()
      return arrivals(core, signal)
    },
    ...(authority && {
      aco: {
        invite: async (request) => (await authority()).invite(request),
        requests: async () => (await authority()).requests(),
        issue: async (request) => (await authority()).issue(request),
        list: async () => (await authority()).list(),
        act: async (request) => (await authority()).act(request),
      },
    }),
  }
}

async function statusOf(core: Core, mesh: Mesh | undefined): Promise<NodeStatus> {
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
      SYNC_SETS.map((set) => {
        const { count, digest } = store.rootOf(set)
        return [set, { count, root: toHex(digest) }]
      }),
    ),
    records: store.counts.records,
    peers: mesh?.network.peers().length ?? 0,
    isInSync: mesh?.scheduler.isInSync ?? false,
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

function peerView({ trust }: Core, peer: ReturnType<Mesh['network']['peers']>[number]): PeerView {
  const known = trust.roster.byId(peer.certificate) ?? trust.roster.ofKey(peer.node)[0]
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
    topics: peer.topics,
  }
}

/** Records from now on, as they are stored, to one reader. */
async function* arrivals(core: Core, signal: AbortSignal): AsyncIterable<RecordView> {
  const waiting: string[] = []
  let wake: (() => void) | undefined
  const stop = core.admission.onStored((records) => {
    waiting.push(...records.map(({ id }) => id))
    if (waiting.length > MAX_TAIL) waiting.splice(0, waiting.length - MAX_TAIL)
    wake?.()
  })
  const onAbort = (): void => wake?.()
  signal.addEventListener('abort', onAbort)
  try {
    while (!signal.aborted) {
      const id = waiting.shift()
      if (id === undefined) await new Promise<void>((resolve) => (wake = resolve))
      else {
        const record = await core.store.record(id)
        if (record !== undefined && mayShow(core.query, record))
          yield viewOf(core.trust.roster, core.query.crypto, record)
      }
    }
  } finally {
    signal.removeEventListener('abort', onAbort)
    stop()
  }
}
