import { CERTIFICATE, type ControlKind, type ControlObject, parseSign1, toHex } from '@intelmesh/protocol'
import { nativeCrypto } from '../crypto/native.ts'
import type { ControlRow } from '../store/index.ts'
import type { JudgedControl } from './judge-control.ts'

/** Whether a kind reconciles as a set, or has one row that the newest object fills. */
const SETS: Readonly<Record<ControlKind, 'control' | 'register' | undefined>> = {
  certificate: 'control',
  statement: 'control',
  contact: 'register',
  beacon: undefined,
  'status-list': undefined,
}

/** The row of the newest beacon and of the newest status list of the own ACO. */
export const BEACON_KEY = 'beacon'
export const STATUS_LIST_KEY = 'status-list'
const SLOTS: Readonly<Partial<Record<ControlKind, string>>> = {
  beacon: BEACON_KEY,
  'status-list': STATUS_LIST_KEY,
}

/** The key of the row that holds a node's newest contact. */
export function contactKey(node: string): string {
  return `contact/${node}`
}

/** The row under which a control object is kept: under its hash, or where the newest of its kind is. `key` names another place. */
export function controlRow(object: ControlObject, key?: string): ControlRow {
  const id = toHex(nativeCrypto.sha256(object.bytes))
  const set = SETS[object.kind]
  return {
    key: key ?? SLOTS[object.kind] ?? id,
    kind: object.kind,
    bytes: object.bytes,
    ...(set && { set: { name: set, id } }),
  }
}

/** The row under which an object is kept that holds: of each node's contacts, only the newest. */
export function judgedRow(judged: JudgedControl): ControlRow {
  const { object } = judged
  return controlRow(object, judged.kind === 'contact' ? contactKey(toHex(judged.contact.node)) : undefined)
}

/** Each object comes after what it is judged by: issuers, then the beacon, then members, then where they are. */
const ORDER = { statement: 2, beacon: 3, 'status-list': 4, contact: 6 } as const
const SUBJECT_ORDER = { root: 0, operator: 1, registrar: 1, node: 5 } as const

/** Control objects in the order in which they can be judged. Bytes that are no certificate come late: the judge refuses them. */
export function inOrder<T extends ControlObject>(objects: readonly T[]): readonly T[] {
  // Ranked once each: that takes a certificate apart.
  const ranked = objects.map((object) => ({ object, rank: rank(object) }))
  return ranked.sort((a, b) => a.rank - b.rank).map(({ object }) => object)
}

function rank({ kind, bytes }: ControlObject): number {
  return kind === 'certificate' ? subjectRank(bytes) : ORDER[kind]
}

function subjectRank(bytes: Uint8Array): number {
  try {
    return SUBJECT_ORDER[parseSign1(CERTIFICATE, bytes).claims.mesh.subject]
  } catch {
    return SUBJECT_ORDER.node
  }
}
