import { ACTIONS, REASONS } from '@intelmesh/protocol'
import type { AcoApi, ActRequest, IssueRequest } from '../../aco-api.ts'
import type { NodeApi } from '../../api.ts'
import type { Scope } from '../../people-api.ts'
import {
  amendRequest,
  auditCheck,
  auditFilter,
  commentRequest,
  idText,
  inviteRequest,
  lookupValues,
  publishRequest,
  recordFilter,
  retractRequest,
  tokenRequest,
} from './request-shapes.ts'
import { instant, object, oneOf, optional, type Shape, text, whole } from './shape.ts'

/** The methods that go over HTTP as one request and one answer. The others are streams: see {@link STREAM_SCOPES}. */
export type NodeMethod = Exclude<keyof NodeApi, 'aco' | NodeStream>
export type NodeStream = 'tail' | 'filter' | 'backup' | 'verifyStore' | 'syncExport' | 'syncImport'
export type AcoMethod = keyof AcoApi

/** How one method's argument travels as a JSON body. */
export interface Endpoint<Argument> {
  /** What a token must allow. */
  readonly scope: Scope
  readonly body: Shape<Argument>
  /** Wraps what is no JSON object by itself. */
  wrap(argument: Argument): unknown
  /** Bytes of the largest body taken. */
  readonly maxBytes: number
}

const NO_FIELDS = object<object>({})
/** Enough for every argument but lists of values and objects to publish. */
const DEFAULT_MAX_BYTES = 1024 * 1024
const LIST_MAX_BYTES: number = 8 * DEFAULT_MAX_BYTES
const PUBLISH_MAX_BYTES: number = 64 * DEFAULT_MAX_BYTES

type ArgumentOf<F> = F extends () => unknown
  ? undefined
  : F extends (argument: infer A) => unknown
    ? A
    : never

/** Server and client are made from this table alone: `POST /api/v1/<method>`. */
export const NODE_METHODS: { readonly [M in NodeMethod]: Endpoint<ArgumentOf<NodeApi[M]>> } = {
  status: noArgument('read'),
  peers: noArgument('read'),
  lookup: wrapped('read', 'values', lookupValues, LIST_MAX_BYTES),
  records: taking('read', recordFilter),
  show: wrapped('read', 'id', idText),
  export: taking('read', recordFilter),
  inbox: noArgument('read'),
  feeds: noArgument('read'),
  publish: taking('publish', publishRequest, PUBLISH_MAX_BYTES),
  amend: taking('publish', amendRequest),
  comment: taking('publish', commentRequest),
  retract: taking('publish', retractRequest, LIST_MAX_BYTES),
  settle: wrapped('publish', 'record', text(64)),
  quarantine: taking('admin', object<{ readonly limit?: number }>({ limit: optional(whole(1, 10_000)) })),
  doctor: noArgument('admin'),
  createToken: taking('admin', tokenRequest),
  tokens: noArgument('admin'),
  revokeToken: wrapped('admin', 'id', text(16)),
  audit: taking('admin', auditFilter),
  verifyAudit: taking('admin', auditCheck),
  storeStats: noArgument('admin'),
  compactStore: noArgument('admin'),
}

/** `POST /api/v1/aco/<method>` */
export const ACO_METHODS: { readonly [M in AcoMethod]: Endpoint<ArgumentOf<AcoApi[M]>> } = {
  invite: taking('admin', inviteRequest),
  requests: noArgument('admin'),
  issue: taking(
    'admin',
    object<IssueRequest>({
      request: optional(text(16_384)),
      invite: optional(text(64)),
      grant: optional(inviteRequest),
    }),
  ),
  list: noArgument('admin'),
  act: taking(
    'admin',
    object<ActRequest>({
      action: oneOf(ACTIONS.filter((action) => action !== 'lapse')),
      who: text(300),
      reason: oneOf(REASONS),
      since: optional(instant),
      until: optional(instant),
    }),
  ),
}

/** `GET /api/v1/<stream>`, `POST` for the one that takes a stream, and `GET /metrics`, which a monitoring system reads. */
export const STREAM_SCOPES: Readonly<Record<NodeStream | 'metrics', Scope>> = {
  tail: 'read',
  filter: 'read',
  metrics: 'read',
  backup: 'admin',
  verifyStore: 'admin',
  syncExport: 'read',
  syncImport: 'admin',
}

function noArgument(scope: Scope): Endpoint<undefined> {
  const body: Shape<undefined> = {
    read(value, path) {
      NO_FIELDS.read(value, path)
      return undefined
    },
  }
  return { scope, body, wrap: () => ({}), maxBytes: DEFAULT_MAX_BYTES }
}

function taking<T>(scope: Scope, body: Shape<T>, maxBytes: number = DEFAULT_MAX_BYTES): Endpoint<T> {
  return { scope, body, wrap: (argument) => argument, maxBytes }
}

function wrapped<T>(
  scope: Scope,
  name: string,
  shape: Shape<T>,
  maxBytes: number = DEFAULT_MAX_BYTES,
): Endpoint<T> {
  const fields = object<Readonly<Record<string, T>>>({ [name]: shape })
  const body: Shape<T> = { read: (value, path) => fields.read(value, path)[name] as T }
  return { scope, body, wrap: (argument) => ({ [name]: argument }), maxBytes }
}
