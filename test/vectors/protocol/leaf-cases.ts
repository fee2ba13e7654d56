import {
  type CborValue,
  encodeCbor,
  encodeLeaf,
  type HeaderDraft,
  hlcAt,
  type LeafBody,
  type LeafClear,
  leafHash,
  portableCrypto,
  sealHeader,
  sha256,
  toHex,
  utf8Bytes,
} from '@intelmesh/protocol'
import {
  AT,
  certificate,
  idOf,
  NODE,
  nodeClaims,
  OPERATOR,
  STRANGER,
  type VectorFile,
} from '../trust/cast.ts'

const HOUR = AT / 3_600_000
/** The first reading of every header. */
export const FROM = hlcAt(AT)
const crypto = portableCrypto

/** The clear part of a leaf that its header and its author's certificate agree with. */
export function clearOf(over: Partial<LeafClear> = {}): LeafClear {
  return {
    author: idOf(NODE),
    hlc: FROM,
    cluster: 'finance.eu',
    compartments: ['green'],
    tlp: 'green',
    expires: HOUR + 720,
    ...over,
  }
}

/** The body of a record that says `text`. */
export function stix(text: string): LeafBody {
  return { kind: 'stix', stix: utf8Bytes(JSON.stringify({ text })) }
}

/** A leaf as it stands, whether a reader takes it or not. */
function rawLeaf(
  clear: readonly (readonly [number, CborValue])[],
  body: readonly (readonly [number | string, CborValue])[],
): Uint8Array {
  const usual: readonly (readonly [number, CborValue])[] = [
    [0, 1],
    [1, idOf(NODE)],
    [2, FROM],
    [3, 'finance.eu'],
    [4, ['green']],
    [5, 1],
    [8, HOUR + 720],
  ]
  return encodeCbor([
    new Map([...usual, ...clear]),
    new Map<number | string, CborValue>([[1, 0], [6, utf8Bytes('{}')], ...body]),
  ])
}

/** Leaves, each judged by itself and then under `header` and `certificate`. */
export async function leafVectors(): Promise<VectorFile> {
  const author = await certificate(nodeClaims(), OPERATOR)
  const header = await sealHeader(
    crypto,
    await draft(),
    { leaves: [encodeLeaf({ clear: clearOf(), body: stix('a') })], from: FROM, to: FROM + 9n },
    NODE,
  )
  const id = (fill: number): Uint8Array => new Uint8Array(32).fill(fill)
  const leaves: readonly (readonly [string, string, Uint8Array])[] = [
    ['a STIX object', 'accept', encodeLeaf({ clear: clearOf(), body: stix('a') })],
    [
      'a new version of another record, derived from a third',
      'accept',
      encodeLeaf({
        clear: clearOf(),
        body: { ...stix('b'), lineage: id(1), supersedes: [id(1)], derivedFrom: [id(2), id(3)] },
      }),
    ],
    [
      'a tombstone',
      'accept',
      encodeLeaf({
        clear: clearOf(),
        body: { kind: 'tombstone', retracts: [id(1), id(2)], reason: 'false-positive' },
      }),
    ],
    ['a channel', 'accept', encodeLeaf({ clear: clearOf({ channel: 'operations' }), body: stix('c') })],
    [
      'the last reading of its header',
      'accept',
      encodeLeaf({ clear: clearOf({ hlc: FROM + 9n }), body: stix('d') }),
    ],
    [
      'body fields that only later writers know',
      'accept',
      rawLeaf(
        [],
        [
          [9, 'later'],
          [64, 1],
          ['note', [1]],
        ],
      ),
    ],
    ['one hour of life', 'accept', encodeLeaf({ clear: clearOf({ expires: HOUR + 1 }), body: stix('e') })],
    ['a later version', 'NEWER_THAN_ME', rawLeaf([[0, 2]], [])],
    ['a clear field from 64 on', 'NEWER_THAN_ME', rawLeaf([[64, 0]], [])],
    ['a label of a later version', 'NEWER_THAN_ME', rawLeaf([[5, 5]], [])],
    ['a kind of a later version', 'NEWER_THAN_ME', rawLeaf([], [[1, 2]])],
    [
      'a claim to act for an organisation',
      'NEWER_THAN_ME',
      encodeLeaf({ clear: clearOf({ actsFor: new Uint8Array(16) }), body: stix('f') }),
    ],
    ['an unknown clear field', 'LEAF_MALFORMED', rawLeaf([[9, 0]], [])],
    ['a cluster that has no such name', 'LEAF_MALFORMED', rawLeaf([[3, 'Finance']], [])],
    ['a channel with a line break', 'LEAF_MALFORMED', rawLeaf([[6, 'a\nb']], [])],
    ['references out of order', 'LEAF_MALFORMED', rawLeaf([], [[5, [id(2), id(1)]]])],
    ['an object that gives a reason', 'LEAF_MALFORMED', rawLeaf([], [[7, 0]])],
    [
      'a tombstone of nothing',
      'LEAF_MALFORMED',
      rawLeaf(
        [],
        [
          [1, 1],
          [7, 0],
        ],
      ),
    ],
    ['three parts', 'LEAF_MALFORMED', encodeCbor([new Map(), new Map(), 0])],
    [
      'another author',
      'LEAF_AUTHOR_MISMATCH',
      encodeLeaf({ clear: clearOf({ author: idOf(STRANGER) }), body: stix('a') }),
    ],
    [
      'another cluster',
      'LEAF_CLUSTER_MISMATCH',
      encodeLeaf({ clear: clearOf({ cluster: 'energy.eu' }), body: stix('a') }),
    ],
    [
      'a reading after its header',
      'LEAF_HLC_MISMATCH',
      encodeLeaf({ clear: clearOf({ hlc: FROM + 10n }), body: stix('a') }),
    ],
    [
      'a reading before its header',
      'LEAF_HLC_MISMATCH',
      encodeLeaf({ clear: clearOf({ hlc: FROM - 1n }), body: stix('a') }),
    ],
    [
      'another compartment',
      'LEAF_AUDIENCE_MISMATCH',
      encodeLeaf({ clear: clearOf({ compartments: ['clear'], tlp: 'clear' }), body: stix('a') }),
    ],
    [
      'two compartments',
      'LEAF_AUDIENCE_MISMATCH',
      encodeLeaf({ clear: clearOf({ compartments: ['clear', 'green'] }), body: stix('a') }),
    ],
    [
      'a label of another compartment',
      'LEAF_LABEL_MISMATCH',
      encodeLeaf({ clear: clearOf({ tlp: 'clear' }), body: stix('a') }),
    ],
    [
      'a label that needs a circle',
      'LEAF_LABEL_MISMATCH',
      encodeLeaf({ clear: clearOf({ tlp: 'amber' }), body: stix('a') }),
    ],
    ['no life', 'LEAF_EXPIRY_RANGE', encodeLeaf({ clear: clearOf({ expires: HOUR }), body: stix('a') })],
    [
      'more than ten years of life',
      'LEAF_EXPIRY_RANGE',
      encodeLeaf({ clear: clearOf({ expires: HOUR + 87_602 }), body: stix('a') }),
    ],
  ]
  return {
    description:
      'Leaves, parsed and then checked against the header "header" of the author that "certificate" certifies. See docs/spec/records.md, "Leaves".',
    header: toHex(header),
    certificate: toHex(author),
    cases: leaves.map(([description, expected, bytes]) => ({
      description,
      bytes: toHex(bytes),
      ...(expected === 'accept' && { id: toHex(leafHash(crypto, bytes)) }),
      expect: expected,
    })),
  }
}

/** The first header of a chain of the usual node. */
export async function draft(over: Partial<HeaderDraft> = {}): Promise<HeaderDraft> {
  const id = sha256(await certificate(nodeClaims(), OPERATOR))
  return {
    profile: 1,
    certificate: id,
    chain: new Uint8Array(16).fill(0xc4),
    seq: 0,
    audience: 'green',
    ...over,
  }
}
