import {
  encodeLeaf,
  type Header,
  hlcAt,
  type HeaderDraft,
  type LeafBody,
  type LeafClear,
  portableCrypto,
  sealHeader,
  utf8Bytes,
} from '@intelmesh/protocol'
import { BEGIN, type Identity, NODE } from './authority.ts'

/** ms since the Unix epoch, an hour after the certificates of `authority.ts` begin. */
export const NOW: number = (BEGIN + 3600) * 1000
export const NOW_HOUR: number = NOW / 3_600_000

/** A leaf's clear part that agrees with {@link draftOf}. */
export function clearOf(over: Partial<LeafClear> = {}, author: Identity = NODE): LeafClear {
  return {
    author: author.keyId,
    hlc: hlcAt(NOW),
    cluster: 'finance.eu',
    compartments: ['green'],
    tlp: 'green',
    expires: NOW_HOUR + 24 * 30,
    ...over,
  }
}

/** The body of a record that says `text`. */
export function bodyOf(text: string): LeafBody {
  return { kind: 'stix', stix: utf8Bytes(JSON.stringify({ text })) }
}

/** The bytes of `count` different leaves, one reading apart. */
export function leavesOf(count: number, author: Identity = NODE): readonly Uint8Array[] {
  return Array.from({ length: count }, (_, i) =>
    encodeLeaf({ clear: clearOf({ hlc: hlcAt(NOW) + BigInt(i) }, author), body: bodyOf(`record ${i}`) }),
  )
}

/** The first header of a chain. */
export function draftOf(over: Partial<HeaderDraft> = {}): HeaderDraft {
  return {
    profile: 1,
    certificate: new Uint8Array(32).fill(0xce),
    chain: new Uint8Array(16).fill(0xc4),
    seq: 0,
    audience: 'green',
    ...over,
  }
}

/** Seals a header over leaves of {@link leavesOf}. */
export function headerOver(
  leaves: readonly Uint8Array[],
  author: Identity = NODE,
  over: Partial<HeaderDraft> = {},
): Promise<Uint8Array> {
  const content = { leaves, from: hlcAt(NOW), to: hlcAt(NOW) + BigInt(Math.max(0, leaves.length - 1)) }
  return sealHeader(portableCrypto, draftOf(over), content, author.signer)
}

/** The claims of a header that covers {@link clearOf}. */
export function headerClaims(over: Partial<Header> = {}): Header {
  return {
    ...draftOf(),
    from: hlcAt(NOW),
    to: hlcAt(NOW + 1000),
    count: 1,
    root: new Uint8Array(32),
    ...over,
  }
}
