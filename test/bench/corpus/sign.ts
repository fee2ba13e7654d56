import {
  concatBytes,
  encodeBatch,
  encodeLeaf,
  headerHash,
  hlcAt,
  MAX_BATCH_BYTES,
  sealHeader,
  utf8Bytes,
} from '@intelmesh/protocol'
import { nativeCrypto } from '../../../packages/node/src/crypto/index.ts'
import { type Cast, type CastMember, CLUSTER, NOW, SPAN_DAYS } from './cast.ts'
import type { VariedObject } from './templates.ts'

/** How many records of a corpus there are, and how many at most one signature covers. */
export interface Signing {
  readonly size: number
  readonly batchRecords: number
  /** Tells its chains from those of other corpora of the same members. */
  readonly salt: string
  /** Hours before now over which they are spread. */
  readonly hours: number
}

/**
 * Signs objects as the members of a cast in turns, each along a chain of its own, spread evenly over the hours before now.
 *
 * @returns batches as they travel
 */
export async function* signed(
  objects: Iterator<VariedObject>,
  { members }: Cast,
  { size, batchRecords, salt, hours }: Signing,
): AsyncGenerator<Uint8Array, void> {
  const chains = members.map((member) => chainOf(member, salt))
  for (let made = 0, turn = 0; made < size; turn++) {
    const chain = chains[turn % chains.length] as Chain
    const at = NOW - Math.ceil(hours * HOUR_MS * (1 - made / size)) - MINUTE_MS
    const leaves: Uint8Array[] = []
    for (let bytes = 0; leaves.length < Math.min(batchRecords, size - made) && bytes < ENOUGH_BYTES;) {
      const leaf = leafOf(chain.member, objects.next().value as VariedObject, at + leaves.length)
      leaves.push(leaf)
      bytes += leaf.length
    }
    yield await chain.say(leaves, at)
    made += leaves.length
  }
}

interface Chain {
  readonly member: CastMember
  say(leaves: readonly Uint8Array[], at: number): Promise<Uint8Array>
}

function chainOf(member: CastMember, salt: string): Chain {
  const certificate = nativeCrypto.sha256(member.certificate)
  const chain = nativeCrypto.sha256(concatBytes(member.keyId, utf8Bytes(salt))).subarray(0, 16)
  let seq = 0
  let previous: Uint8Array | undefined
  return {
    member,
    async say(leaves, at) {
      const draft = {
        profile: 1,
        certificate,
        chain,
        seq: seq++,
        audience: 'green',
        ...(previous && { previous }),
      }
      const span = { from: hlcAt(at), to: hlcAt(at + leaves.length) }
      const header = await sealHeader(nativeCrypto, draft, { leaves, ...span }, member.signer)
      previous = headerHash(nativeCrypto, header)
      return encodeBatch(header, leaves)
    },
  }
}

function leafOf({ keyId }: CastMember, { text, days }: VariedObject, at: number): Uint8Array {
  // What expires before the corpus is looked at would not be taken.
  const hours = 1 + Math.max(days, SPAN_DAYS + 1) * 24
  return encodeLeaf({
    clear: {
      author: keyId,
      hlc: hlcAt(at),
      cluster: CLUSTER,
      compartments: ['green'],
      tlp: 'green',
      expires: Math.floor(at / HOUR_MS) + hours,
    },
    body: { kind: 'stix', stix: utf8Bytes(text) },
  })
}

const HOUR_MS = 3_600_000
const MINUTE_MS = 60_000
/** A leaf has 256 KiB at most: the next one still fits. */
const ENOUGH_BYTES: number = MAX_BATCH_BYTES - 280 * 1024
