import type { NodeApi } from '../api.ts'
import { type Caller, clearanceOf, LOCAL } from '../caller.ts'
import { ApiError } from '../errors.ts'
import { filterBytes } from '../matching/index.ts'
import {
  exportRecords,
  isoTime,
  labelsWithin,
  listInbox,
  listRecords,
  lookupValues,
  type QueryComponents,
  settle,
  showRecord,
} from '../query/index.ts'
import { arrivals } from './arrivals.ts'
import { careOf } from './care.ts'
import type { Core } from './core.ts'
import { diagnose } from './doctor.ts'
import type { Mesh } from './mesh.ts'
import { peerView, statusOf } from './status.ts'

/** The one interface to a node, over its core and, while it runs, its mesh; for one caller, who sees no more than they may. */
export function createNodeApi(core: Core, mesh: Mesh | undefined, caller: Caller = LOCAL): NodeApi {
  const { publisher, store, authority, people } = core
  const clearance = (): ReturnType<typeof clearanceOf> =>
    clearanceOf(caller, core.own().certificate.claims.mesh.clearance)
  const query: QueryComponents = { ...core.query, clearance }

  function running(): Mesh {
    if (mesh === undefined)
      throw new ApiError('NODE_NOT_RUNNING', 'no node runs on this home: start it with `intelmesh run`')
    return mesh
  }

  const api: NodeApi = {
    status: async () => statusOf(core, mesh, clearance()),
    peers: async () =>
      running()
        .network.peers()
        .map((peer) => peerView(core, peer, clearance())),
    async publish(request) {
      const result = await publisher.publish(request, clearance())
      core.options.metrics.published('published', request.dryRun === true ? 0 : result.published.length)
      core.options.metrics.published('refused', result.refused.length)
      return result
    },
    amend: (request) => publisher.amend(request, clearance()),
    comment: (request) => publisher.comment(request, clearance()),
    retract: (request) => publisher.retract(request, clearance()),
    feeds: () => publisher.feeds(clearance()),
    lookup: (values) => lookupValues(query, values),
    records: (filter) => listRecords(query, filter),
    show: (id) => showRecord(query, id),
    export: (filter) => exportRecords(query, filter),
    inbox: () => listInbox(query),
    settle: (record) => settle(query, record),
    filter: (signal) => filterBytes(store.sidecar, labelsWithin(clearance()), signal),
    backup: (signal) => store.dump(signal),
    ...careOf(core, query),
    async quarantine({ limit }) {
      const rows = await store.quarantine(limit ?? 100)
      return rows.map(({ at, ...row }) => ({ at: isoTime(at), ...row }))
    },
    doctor: () => diagnose(core, mesh),
    tail(signal) {
      running()
      return arrivals(core, query, signal)
    },
    createToken: (request) => people.createToken(request, caller),
    tokens: () => people.tokens(),
    revokeToken: (id) => people.revokeToken(id, caller),
    audit: (filter) => people.audit(filter),
    verifyAudit: (check) => people.verifyAudit(check),
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
  return people.audited(api, caller)
}
