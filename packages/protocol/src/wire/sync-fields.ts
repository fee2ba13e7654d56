import {
  asArray,
  bytesOf,
  bytesUpTo,
  type CborValue,
  type FieldType,
  listOf,
  oneOf,
  optional,
  struct,
  textUpTo,
  uint,
  uintUpTo,
} from '../encoding/index.ts'
import { ID_BYTES, MAX_NIBBLES } from '../sync/joined-ids.ts'
import { MAX_DIFFERENCE } from '../sync/locate.ts'
import { SyncError } from '../sync/sync-error.ts'
import { type Child, type TreeNode } from '../sync/tree.ts'
import { MAX_FRAME_BYTES, SYNC_SETS, type SyncHello, type SyncItem, type SyncMore } from './sync-message.ts'

const PATH = new RegExp(`^(?:[0-9a-f]{4}(?:[0-9a-f]{2}(?:[0-9a-f]{2}[0-9a-f]{0,${MAX_NIBBLES}})?)?)?$`)
const MAX_CHILDREN = 4096
/** Ids of a leaf: one at full depth may hold more than one that can split. */
export const MAX_NODE_IDS = 32_768

/** A tree path: a whole number of its steps, the root being the empty one. */
const pathText: FieldType<string> = {
  encode: (value) => value,
  decode(value) {
    if (typeof value === 'string' && PATH.test(value)) return value
    throw new SyncError('SYNC_MALFORMED', 'expected the path of a node')
  },
}

/** Paths of which none lies below another, nor is there twice: whoever answers reads what lies below each. */
export function apartPaths(most: number, least = 0): FieldType<readonly string[]> {
  const list = listOf(pathText, most, least)
  return {
    encode: (value) => list.encode(value),
    decode(value, path) {
      const paths = list.decode(value, path)
      // What lies below a path follows it in their order.
      const sorted = paths.toSorted()
      if (sorted.every((each, i) => i === 0 || !each.startsWith(sorted[i - 1] as string))) return paths
      throw new SyncError('SYNC_MALFORMED', `${path}: expected paths of which none lies below another`)
    },
  }
}

export const flag: FieldType<boolean> = {
  encode: (value) => value,
  decode(value, path) {
    if (typeof value === 'boolean') return value
    throw new SyncError('SYNC_MALFORMED', `${path}: expected true or false`)
  },
}

/** 1 to `most` things of so many bytes each, one behind the other. */
export function multiples(length: number, most: number): FieldType<Uint8Array> {
  const bytes = bytesUpTo(length * most, length)
  return {
    encode: (value) => value,
    decode(value, path) {
      const decoded = bytes.decode(value, path)
      if (decoded.length % length === 0) return decoded
      throw new SyncError('SYNC_MALFORMED', `${path}: expected a multiple of ${length} bytes`)
    },
  }
}

/** A name and the codec of the value that stands in that place. */
export type Place<T> = { [K in keyof T]-?: readonly [K, FieldType<T[K]>] }[keyof T]

/** What a loop over a table of places sees: each name with the codec of that very value. */
type AnyPlace = readonly [string, FieldType<unknown>]

/** An array of a fixed number of values, of which each place has a name. */
export function places<T extends object>(...table: readonly Place<T>[]): FieldType<T> {
  const rows = table as readonly unknown[] as readonly AnyPlace[]
  return {
    encode: (value) => rows.map(([name, type]) => type.encode((value as Record<string, unknown>)[name])),
    decode(value: CborValue, path) {
      const parts = asArray(value, path)
      if (parts.length !== rows.length)
        throw new SyncError('SYNC_MALFORMED', `${path}: expected ${rows.length} values`)
      const decoded = rows.map(([name, type], i) => [name, type.decode(parts[i] ?? null, `${path}.${name}`)])
      return Object.fromEntries(decoded) as T
    },
  }
}

const more = struct<SyncMore>(
  'more',
  {
    status: optional(1, bytesOf(16)),
    beacon: optional(2, bytesUpTo(1280)),
    statusList: optional(3, bytesUpTo(256 * 1024)),
    logSize: optional(4, uint),
    recent: optional(5, uintUpTo(MAX_DIFFERENCE)),
  },
  { unknown: 'ignore' },
)

const helloPlaces = places<SyncHello>(
  ['set', oneOf(SYNC_SETS)],
  ['asOf', uint],
  ['floor', uint],
  ['count', uint],
  ['digest', bytesOf(32)],
  ['more', more],
)

/** What has been swept decides what is kept: no floor lies beyond it. */
export const hello: FieldType<SyncHello> = {
  encode: (value) => helloPlaces.encode(value),
  decode(value, path) {
    const decoded = helloPlaces.decode(value, path)
    if (decoded.floor <= decoded.asOf) return decoded
    throw new SyncError('SYNC_MALFORMED', 'expected a floor at or below the hour that was swept to')
  },
}

export const item: FieldType<SyncItem> = places<SyncItem>(
  ['form', oneOf(['batch', 'record', 'control', 'header'] as const)],
  ['bytes', bytesUpTo(MAX_FRAME_BYTES)],
)

const child = places<Child>(['label', textUpTo(4)], ['count', uint], ['digest', bytesOf(32)])

/** A node is null, its ids as one byte string, or its children as a list; an empty one is no node. */
export const node: FieldType<TreeNode | undefined> = {
  encode: (value) => {
    if (value === undefined) return null
    return value.kind === 'leaf' ? value.ids : value.children.map((each) => child.encode(each))
  },
  decode(value, path) {
    if (value === null) return undefined
    return value instanceof Uint8Array
      ? { kind: 'leaf', ids: multiples(ID_BYTES, MAX_NODE_IDS).decode(value, path) }
      : { kind: 'inner', children: listOf(child, MAX_CHILDREN, 1).decode(value, path) }
  },
}

/** The most bytes that a node takes: 32 for an id; 54 for a child's label, count and digest; its own head. */
export function sizeOf(value: TreeNode | undefined): number {
  if (value === undefined) return 1
  return 5 + (value.kind === 'leaf' ? value.ids.length : 54 * value.children.length)
}
