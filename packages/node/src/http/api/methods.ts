import { ACTIONS, KINDS, REASONS, RETRACTION_REASONS, ROLES, TLP_LABELS } from '@intelmesh/protocol'
import type { AcoApi, ActRequest, InviteRequest, IssueRequest } from '../../aco-api.ts'
import type { NodeApi, PublishRequest, RecordFilter, RetractRequest } from '../../api.ts'
import { flag, instant, listOf, object, oneOf, optional, type Shape, text, whole } from './shape.ts'

/** The methods that go over HTTP as one request and one answer. `tail` is a stream of its own. */
export type NodeMethod = Exclude<keyof NodeApi, 'aco' | 'tail'>
export type AcoMethod = keyof AcoApi

/** How one method's argument travels as a JSON body. */
export interface Endpoint<Argument> {
  readonly body: Shape<Argument>
  /** Wraps what is no JSON object by itself. */
  wrap(argument: Argument): unknown
  /** Bytes of the largest body taken. */
  readonly maxBytes: number
}

const NO_FIELDS = object<object>({})
/** Enough for every argument but lists of values and objects to publish. */
const DEFAULT_MAX_BYTES = 1024 * 1024
/** A feed's worth in one request; the command line sends less at a time. */
const MAX_OBJECTS = 10_000

type ArgumentOf<F> = F extends () => unknown
  ? undefined
  : F extends (argument: infer A) => unknown
    ? A
    : never

/** Server and client are made from this table alone: `POST /api/v1/<method>`. */
export const NODE_METHODS: { readonly [M in NodeMethod]: Endpoint<ArgumentOf<NodeApi[M]>> } = {
  status: noArgument(),
  peers: noArgument(),
  doctor: noArgument(),
  publish: taking<PublishRequest>(publishRequest(), { maxBytes: 64 * 1024 * 1024 }),
  retract: taking<RetractRequest>(
    object<RetractRequest>({ ids: listOf(text(300), 10_000, 1), reason: oneOf(RETRACTION_REASONS) }),
  ),
  lookup: wrapped('values', listOf(text(4096), 10_000, 1), { maxBytes: 8 * 1024 * 1024 }),
  records: taking<RecordFilter>(recordFilter()),
  show: wrapped('id', text(300)),
  export: taking<RecordFilter>(recordFilter()),
  quarantine: taking(object<{ readonly limit?: number }>({ limit: optional(whole(1, 10_000)) })),
}

/** `POST /api/v1/aco/<method>` */
export const ACO_METHODS: { readonly [M in AcoMethod]: Endpoint<ArgumentOf<AcoApi[M]>> } = {
  invite: taking<InviteRequest>(inviteRequest()),
  requests: noArgument(),
  issue: taking<IssueRequest>(
    object<IssueRequest>({
      request: optional(text(16_384)),
      invite: optional(text(64)),
      grant: optional(inviteRequest()),
    }),
  ),
  list: noArgument(),
  act: taking<ActRequest>(
    object<ActRequest>({
      action: oneOf(ACTIONS.filter((action) => action !== 'lapse')),
      who: text(300),
      reason: oneOf(REASONS),
      since: optional(instant),
      until: optional(instant),
    }),
  ),
}

function noArgument(): Endpoint<undefined> {
  const body: Shape<undefined> = {
    read(value, path) {
      NO_FIELDS.read(value, path)
      return undefined
    },
  }
  return { body, wrap: () => ({}), maxBytes: DEFAULT_MAX_BYTES }
}

function taking<T>(body: Shape<T>, { maxBytes } = { maxBytes: DEFAULT_MAX_BYTES }): Endpoint<T> {
  return { body, wrap: (argument) => argument, maxBytes }
}

function wrapped<T>(
  name: string,
  shape: Shape<T>,
  { maxBytes } = { maxBytes: DEFAULT_MAX_BYTES },
): Endpoint<T> {
  const fields = object<Readonly<Record<string, T>>>({ [name]: shape })
  const body: Shape<T> = { read: (value, path) => fields.read(value, path)[name] as T }
  return { body, wrap: (argument) => ({ [name]: argument }), maxBytes }
}

function publishRequest(): Shape<PublishRequest> {
  const item = object<PublishRequest['objects'][number]>({ text: text(Infinity), where: text(2048) })
  return object<PublishRequest>({
    objects: listOf(item, MAX_OBJECTS, 1),
    markings: optional(listOf(text(Infinity), MAX_OBJECTS)),
    tlp: oneOf(TLP_LABELS),
    channel: optional(text(64)),
    expires: optional(instant),
    dryRun: optional(flag),
  })
}

function recordFilter(): Shape<RecordFilter> {
  return object<RecordFilter>({
    type: optional(text(250)),
    tlp: optional(oneOf(TLP_LABELS)),
    by: optional(text(100)),
    stixId: optional(text(300)),
    record: optional(text(64)),
    after: optional(whole(0, Number.MAX_SAFE_INTEGER)),
    limit: optional(whole(1, 1000)),
  })
}

function inviteRequest(): Shape<InviteRequest> {
  return object<InviteRequest>({
    org: text(100),
    kind: oneOf(KINDS),
    roles: listOf(oneOf(ROLES), ROLES.length),
    clearance: oneOf(TLP_LABELS),
    days: whole(1, 3650),
    confirm: optional(flag),
    local: optional(flag),
    organisation: optional(text(32)),
  })
}
