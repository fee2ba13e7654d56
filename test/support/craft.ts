import {
  type CborMap,
  decodeCbor,
  encodeBatch,
  encodeCbor,
  encodeControl,
  type Header,
  HEADER,
  parseHeader,
  type TlpLabel,
} from '@intelmesh/protocol'
import { expect } from 'vitest'
import type { Attacker } from './attacker.ts'
import { type AcoKeys, type Author, batchOf, certify, leafOf, sealAnything } from './forge.ts'

const HOUR_MS = 3_600_000
const LIMITS = { maxBytes: 4096, maxDepth: 8, maxItems: 256 }

/** An author whose certificate the ACO issued and the attacker passes on. Times in ms from now. */
export async function announced(
  aco: AcoKeys,
  attacker: Attacker,
  { from = 0, to = HOUR_MS, clearance = 'green' }: { from?: number; to?: number; clearance?: TlpLabel },
): Promise<Author> {
  const now = Date.now()
  const claims = {
    notBefore: Math.floor((now + from) / 1000) - 120,
    expiresAt: Math.floor((now + to) / 1000),
  }
  const author = await certify(aco.operator, { mesh: { clearance }, claims })
  await attacker.gossip('control', encodeControl({ kind: 'certificate', bytes: author.certificate }))
  return author
}

/** A batch whose header's payload is changed before it is signed. */
export async function signedAnew(
  author: Author,
  {
    typ = HEADER.typ,
    claims = {},
    change = (bytes) => bytes,
  }: { typ?: string; claims?: Partial<Header>; change?: (payload: Uint8Array) => Uint8Array },
): Promise<Uint8Array> {
  const { header, leaves } = await batchOf(author)
  const payload = encodeCbor(HEADER.payload.encode({ ...parseHeader(header).claims, ...claims }))
  return encodeBatch(await sealAnything(typ, change(payload), author.signer), leaves)
}

/** The two parts of a leaf of the author, to be put together again as no encoder of ours would. */
export function leafParts(author: Author): readonly [clear: CborMap, body: CborMap] {
  return decodeCbor(leafOf(author), LIMITS) as unknown as readonly [CborMap, CborMap]
}

export function joined(...parts: readonly (Uint8Array | readonly number[])[]): Uint8Array {
  return Buffer.concat(parts.map((part) => Uint8Array.from(part)))
}

/** The bytes with the first occurrence of `from` changed into `to`, of the same length. */
export function replaced(bytes: Uint8Array, from: readonly number[], to: readonly number[]): Uint8Array {
  const at = Buffer.from(bytes).indexOf(Uint8Array.from(from))
  expect(at).toBeGreaterThanOrEqual(0)
  const changed = bytes.slice()
  changed.set(to, at)
  return changed
}
