import type { Hasher } from '../crypto/index.ts'
import { compareBytes, concatBytes, encodeCbor } from '../encoding/index.ts'
import { countIds, idsUnder, type JoinedIds, joinIds, MAX_NIBBLES, nibblesOf } from './joined-ids.ts'

/**
 * A set of ids as a Merkle-radix tree: root, periods of 32 days, days, hours, then nibbles of the id where an hour has more
 * than {@link MAX_LEAF_IDS}. It is a function of the current set alone. See docs/spec/reconciliation.md, "Tree".
 */
export interface Entry {
  /** Whole hours since the Unix epoch, from the record's reading; 0 for control objects. */
  readonly hour: number
  /** 32 bytes. */
  readonly id: Uint8Array
}

/** What a parent says of a child, and a hello of a whole set. */
export interface Summary {
  readonly count: number
  /** 32 bytes. */
  readonly digest: Uint8Array
}

export interface Child extends Summary {
  /** The child's path from its parent on: lower-case hexadecimal. */
  readonly label: string
}

/** Children in ascending order of their labels, or ids. */
export type TreeNode =
  | { readonly kind: 'inner'; readonly children: readonly Child[] }
  | { readonly kind: 'leaf'; readonly ids: JoinedIds }

/** Reads the node at a path; `undefined` where the set has nothing. */
export type ReadNode = (path: string) => Promise<TreeNode | undefined> | TreeNode | undefined

/** A leaf of more ids splits by the next nibble, unless it is {@link MAX_NIBBLES} deep already. */
export const MAX_LEAF_IDS = 128

/** Path lengths at which period, day and hour end. */
export const HOUR_PATH = 8
const STEPS = [4, 6, HOUR_PATH] as const
const HOURS_PER_DAY = 24
const DAYS_PER_PERIOD = 32
const PROBE = '0'.repeat(HOUR_PATH + MAX_NIBBLES)
const HOURS = 0x1_0000 * DAYS_PER_PERIOD * HOURS_PER_DAY

/**
 * The path of an hour: four digits of the period, two of the day in it, two of the hour of the day.
 *
 * @throws RangeError for an hour that no reading has: see docs/spec/records.md, "Time"
 */
export function hourPath(hour: number): string {
  if (!Number.isInteger(hour) || hour < 0 || hour >= HOURS) {
    throw new RangeError(`expected whole hours since the Unix epoch, below ${HOURS}, got ${hour}`)
  }
  const day = Math.floor(hour / HOURS_PER_DAY)
  return (
    digits(Math.floor(day / DAYS_PER_PERIOD), 4) +
    digits(day % DAYS_PER_PERIOD, 2) +
    digits(hour % HOURS_PER_DAY, 2)
  )
}

/** The hour of a path that leads at least down to one: what {@link hourPath} was given. */
export function hourOfPath(path: string): number {
  const part = (from: number, until: number): number => Number.parseInt(path.slice(from, until), 16)
  const day = part(0, STEPS[0]) * DAYS_PER_PERIOD + part(STEPS[0], STEPS[1])
  return day * HOURS_PER_DAY + part(STEPS[1], HOUR_PATH)
}

/** The path at which an entry lies when its hour is split down to the last nibble. */
export function entryPath({ hour, id }: Entry): string {
  return hourPath(hour) + nibblesOf(id)
}

/** The path of the next level down on the way to `path`, a full {@link entryPath}. */
export function stepDown(from: string, path: string): string {
  const next = STEPS.find((length) => length > from.length) ?? from.length + 1
  return path.slice(0, next)
}

/** Whether a node at `path` may have a child of this label. */
export function isLabel(path: string, label: string): boolean {
  if (!/^[0-9a-f]+$/.test(label) || path.length + label.length !== stepDown(path, PROBE).length) return false
  if (path.length === STEPS[0]) return Number.parseInt(label, 16) < DAYS_PER_PERIOD
  return path.length !== STEPS[1] || Number.parseInt(label, 16) < HOURS_PER_DAY
}

/** Whether nodes at this path hold ids rather than hours. */
export function isWithinHour(path: string): boolean {
  return path.length >= HOUR_PATH
}

/** SHA-256(0x00 ‖ ids) of a leaf, SHA-256(0x01 ‖ deterministic CBOR of [[label, count, digest], …]) of an inner node. */
export function summarise(hasher: Hasher, node: TreeNode | undefined): Summary {
  if (node === undefined || node.kind === 'leaf') {
    const ids = node?.ids ?? NO_IDS
    return { count: countIds(ids), digest: hasher.sha256(concatBytes(LEAF, ids)) }
  }
  const count = node.children.reduce((sum, child) => sum + child.count, 0)
  const rows = node.children.map((child) => [labelBytes(child.label), child.count, child.digest])
  return { count, digest: hasher.sha256(concatBytes(INNER, encodeCbor(rows))) }
}

export function isSameSummary(a: Summary, b: Summary): boolean {
  return a.count === b.count && compareBytes(a.digest, b.digest) === 0
}

/**
 * Every id at or below `path`, leaf by leaf: also where a leaf above holds them. The ids of a part ascend, and so do hours and the
 * leaves within one, or the other way round with `newestFirst`.
 */
export async function* leavesBelow(
  read: ReadNode,
  path: string,
  { newestFirst = false }: { readonly newestFirst?: boolean } = {},
): AsyncGenerator<JoinedIds> {
  const waiting = [path]
  for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
    // A tree in memory answers at once: a turn of the event loop for each of its nodes would cost more than all the rest.
    const answer = read(at)
    const node = answer instanceof Promise ? await answer : answer
    if (node?.kind === 'inner') {
      const children = newestFirst ? node.children : node.children.toReversed()
      for (const { label } of children) waiting.push(at + label)
      continue
    }
    const ids = node?.ids ?? (isWithinHour(at) ? await idsFromAbove(read, at) : NO_IDS)
    if (ids.length > 0) yield ids
  }
}

/** Every id at or below `path`, ascending within each hour. */
export async function idsBelow(read: ReadNode, path: string): Promise<JoinedIds> {
  const parts: JoinedIds[] = []
  for await (const ids of leavesBelow(read, path)) parts.push(ids)
  return parts.length === 1 ? (parts[0] as JoinedIds) : joinIds(parts)
}

/** The ids under `path` in the nearest leaf above it. */
async function idsFromAbove(read: ReadNode, path: string): Promise<JoinedIds> {
  for (let length = path.length - 1; length >= HOUR_PATH; length--) {
    const node = await read(path.slice(0, length))
    if (node === undefined) continue
    return node.kind === 'leaf' ? idsUnder(node.ids, path.slice(HOUR_PATH)) : NO_IDS
  }
  return NO_IDS
}

/** Digits are characters of one byte, for which an encoder is too much. */
function labelBytes(label: string): Uint8Array {
  const bytes = new Uint8Array(label.length)
  for (let i = 0; i < label.length; i++) bytes[i] = label.charCodeAt(i)
  return bytes
}

const NO_IDS: JoinedIds = new Uint8Array(0)
const LEAF = new Uint8Array([0])
const INNER = new Uint8Array([1])

function digits(value: number, length: number): string {
  return value.toString(16).padStart(length, '0')
}
