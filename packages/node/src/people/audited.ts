import { codeOf } from '@intelmesh/protocol'
import type { AcoApi } from '../aco-api.ts'
import type { NodeApi, RecordFilter } from '../api.ts'
import { ApiError } from '../errors.ts'
import type { AuditAction } from '../people-api.ts'
import type { PublishResult } from '../publish-api.ts'
import type { Note } from './entry.ts'
import type { Asked, Recorder } from './recorder.ts'

/** The same API, which notes in the audit trail what is done and read through it. */
export function auditApi(api: NodeApi, recorder: Recorder): NodeApi {
  const plain = noting(api, NODE_RULES, recorder)
  const aco = api.aco && noting(api.aco, ACO_RULES, recorder)
  const streams: Pick<NodeApi, Stream> = {
    tail: (signal) =>
      watched(
        recorder,
        () => recorder.asked('read', 'tail', { detail: {} }),
        () => api.tail(signal),
      ),
    filter: (signal) =>
      watched(
        recorder,
        () => recorder.asked('read', 'filter', { detail: {} }),
        () => api.filter(signal),
      ),
    backup: (signal) =>
      watched(
        recorder,
        () => recorder.did('backup', {}),
        () => api.backup(signal),
      ),
    syncExport: (request, signal) =>
      watched(
        recorder,
        () => recorder.asked('export', 'syncExport', { detail: { ...request } }),
        () => api.syncExport(request, signal),
      ),
    async syncImport(file, signal) {
      const report = await api.syncImport(file, signal)
      const taken = report.sets.reduce((sum, set) => sum + set.taken, 0)
      await recorder.did('import', { file: report.file, from: report.from.node, taken })
      return report
    },
    verifyStore: (signal) => api.verifyStore(signal),
  }
  return { ...plain, ...streams, ...(aco && { aco }) }
}

type Detail = Note['detail']

/** Noted before it is answered, so that what is refused for its content leaves a trace too. */
interface Reading<Argument> {
  readonly reads: Extract<AuditAction, 'read' | 'export'>
  asked(argument: Argument): Asked
}

/** Noted once it is done; nothing to say means that nothing changed. */
interface Acting<Argument, Result> {
  readonly does: AuditAction
  done(result: Result, argument: Argument): Detail | undefined
}

/** `own`: says of itself what there is to say, or nothing that has to do with records and people. */
type Rule<F> = F extends (argument: infer A) => Promise<infer R> ? 'own' | Reading<A> | Acting<A, R> : never
type Rules<Api, Method extends keyof Api> = { readonly [M in Method]: Rule<Api[M]> }

type Stream = 'tail' | 'filter' | 'backup' | 'syncExport' | 'syncImport' | 'verifyStore'

const NODE_RULES: Rules<NodeApi, Exclude<keyof NodeApi, 'aco' | Stream>> = {
  status: 'own',
  peers: 'own',
  doctor: 'own',
  feeds: 'own',
  lookup: { reads: 'read', asked: (values) => ({ detail: {}, values: values.length }) },
  records: { reads: 'read', asked: filtered },
  show: { reads: 'read', asked: (id) => ({ detail: { id } }) },
  export: { reads: 'export', asked: filtered },
  inbox: { reads: 'read', asked: () => ({ detail: {} }) },
  quarantine: { reads: 'read', asked: () => ({ detail: {} }) },
  audit: {
    reads: 'read',
    asked: ({ action, person }) => ({
      detail: { ...(action && { entries: action }), ...(person && { by: person }) },
    }),
  },
  verifyAudit: 'own',
  storeStats: 'own',
  compactStore: 'own',
  tokens: 'own',
  // With the row of the token, in one commit.
  createToken: 'own',
  revokeToken: 'own',
  publish: {
    does: 'publish',
    done: (result, { tlp, channel, feed, dryRun }) =>
      dryRun === true
        ? undefined
        : published(result, { tlp, ...(channel && { channel }), ...(feed && { feed: feed.name }) }),
  },
  amend: { does: 'amend', done: (result, { id, tlp }) => published(result, { id, ...(tlp && { tlp }) }) },
  comment: {
    does: 'comment',
    done: (result, { kind, target, tlp }) => published(result, { kind, target, ...(tlp && { tlp }) }),
  },
  retract: {
    does: 'retract',
    done: ({ retracted, refused, left }, { reason, feed, dryRun }) =>
      dryRun === true || retracted.length === 0
        ? undefined
        : {
            reason,
            ...(feed && { feed: feed.name }),
            retracted: retracted.length,
            refused: refused.length,
            left,
            records: retracted.map(({ record }) => record),
          },
  },
  settle: { does: 'inbox', done: ({ record, kind }) => ({ record, kind }) },
}

const ACO_RULES: Rules<AcoApi, keyof AcoApi> = {
  requests: 'own',
  list: 'own',
  invite: {
    does: 'aco',
    done: ({ id, organisation, expires }, { org, kind, roles, clearance, days }) => {
      return { did: 'invite', invite: id, org, organisation, kind, roles, clearance, days, expires }
    },
  },
  issue: {
    does: 'aco',
    done: ({ node, organisation, certificate }) => ({ did: 'issue', node, organisation, certificate }),
  },
  act: {
    does: 'aco',
    done: ({ statement, nodes }, { action, who, reason, since, until }) => {
      return { did: action, who, reason, ...(since && { since }), ...(until && { until }), statement, nodes }
    },
  },
}

type AnyRule = 'own' | Reading<unknown> | Acting<unknown, unknown>
type AnyMethod = (argument: unknown) => Promise<unknown>

/** The methods that have a rule, each under it. */
function noting<Api extends object, Method extends keyof Api>(
  api: Api,
  rules: Rules<Api, Method>,
  recorder: Recorder,
): Pick<Api, Method> {
  const methods = Object.entries(rules as Readonly<Record<string, AnyRule>>).map(([name, rule]) => {
    const method = (api as unknown as Readonly<Record<string, AnyMethod>>)[name] as AnyMethod
    return [
      name,
      (argument: unknown) => runNoted(name, rule, () => method.call(api, argument), argument, recorder),
    ]
  })
  return Object.fromEntries(methods) as Pick<Api, Method>
}

async function runNoted(
  name: string,
  rule: AnyRule,
  run: () => Promise<unknown>,
  argument: unknown,
  recorder: Recorder,
): Promise<unknown> {
  if (rule === 'own') return run()
  if ('reads' in rule) {
    await recorder.asked(rule.reads, name, rule.asked(argument))
    return run()
  }
  const result = await run().catch(async (error: unknown) => {
    await noteFailure(name, rule, error, recorder)
    throw error
  })
  const detail = rule.done(result, argument)
  if (detail !== undefined) await recorder.did(rule.does, detail)
  return result
}

/** What breaks off may have done a part: batches that were signed stay. What the API itself refuses was refused before. */
async function noteFailure(
  method: string,
  { does }: Acting<unknown, unknown>,
  error: unknown,
  recorder: Recorder,
): Promise<void> {
  if (error instanceof ApiError) return
  await recorder.asked(does, method, { detail: { failed: codeOf(error) ?? 'INTERNAL' } })
}

/** A stream that is noted as it begins, and ends with the token of who reads it. */
async function* watched<T>(
  recorder: Recorder,
  note: () => Promise<void>,
  open: () => AsyncIterable<T>,
): AsyncIterable<T> {
  using _open = recorder.openStream()
  await note()
  for await (const item of open()) {
    recorder.assertLive()
    yield item
  }
}

function filtered({ after: _after, limit: _limit, ...filter }: RecordFilter): Asked {
  return { detail: filter }
}

/** What was published, and what was let through although the gate would have held it back. */
function published(result: PublishResult, about: Detail): Detail | undefined {
  const { unchanged, held, refused, overridden } = result
  if (result.published.length === 0) return undefined
  return {
    ...about,
    published: result.published.length,
    unchanged: unchanged.length,
    held: held.length,
    refused: refused.length,
    records: result.published.map(({ record }) => record),
    ...(overridden.length > 0 && { overridden: overridden.map(({ value, list }) => `${value} (${list})`) }),
  }
}
