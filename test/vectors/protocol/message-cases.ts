import {
  type CborValue,
  encodeAnswer,
  encodeCbor,
  encodeHello,
  encodeSyncMessage,
  sha256,
  type SyncMessage,
  toHex,
} from '@intelmesh/protocol'
import { ACO, AT, plain, usualChain, type VectorFile } from '../trust/cast.ts'

const HOUR = AT / 3_600_000

/** Messages of a session, one of each kind, and bytes that are none. */
export async function syncMessageVectors(): Promise<VectorFile> {
  const id = (fill: number): Uint8Array => new Uint8Array(32).fill(fill)
  const messages: readonly SyncMessage[] = [
    { type: 'open', opening: { set: 'green', asOf: HOUR, count: 3, digest: id(1) } },
    {
      type: 'open',
      opening: {
        set: 'control',
        asOf: HOUR,
        count: 3,
        digest: id(1),
        beacon: id(2),
        statusList: id(3),
        logSize: 7,
      },
    },
    { type: 'open', opening: { set: 'clear', asOf: 0, count: 0, digest: id(0), refused: 'NOT_ENTITLED' } },
    { type: 'ask', paths: ['', '028b', '028b07', '028b0708', '028b0708a'] },
    {
      type: 'nodes',
      nodes: [
        { kind: 'inner', children: [{ label: '028b', count: 3, digest: id(1) }] },
        undefined,
        { kind: 'leaf', ids: [id(1), id(2)] },
      ],
    },
    { type: 'want', ids: [id(1), id(2)] },
    {
      type: 'items',
      items: [
        { form: 'batch', bytes: id(1) },
        { form: 'record', bytes: id(2) },
        { form: 'control', bytes: id(3) },
        { form: 'header', bytes: id(4) },
      ],
    },
    { type: 'items', items: [] },
    { type: 'log', from: 7 },
    { type: 'hashes', hashes: [id(1)] },
    { type: 'headers', chain: new Uint8Array(16).fill(9), from: 1, to: 4 },
    { type: 'done' },
  ]
  const refused: readonly (readonly [string, string, CborValue])[] = [
    ['no message', 'SYNC_MALFORMED', []],
    ['an unknown kind', 'SYNC_MALFORMED', [9]],
    ['an argument too many', 'SYNC_MALFORMED', [8, 0]],
    ['a path between two levels', 'SYNC_MALFORMED', [1, ['00011']]],
    ['no path', 'STRUCT_MALFORMED', [1, []]],
    ['65 paths', 'STRUCT_MALFORMED', [1, Array<string>(65).fill('')]],
    ['an empty node', 'STRUCT_MALFORMED', [2, [[]]]],
    ['a short id', 'STRUCT_MALFORMED', [3, [new Uint8Array(31)]]],
    ['an item of a form of a later version', 'NEWER_THAN_ME', [4, [[4, id(1)]]]],
    ['an opening of a later version', 'NEWER_THAN_ME', [0, new Map([[0, 2]])]],
    [
      'a set of a later version',
      'NEWER_THAN_ME',
      [
        0,
        new Map<number, CborValue>([
          [0, 1],
          [1, 6],
          [2, 0],
          [3, 0],
          [4, id(0)],
        ]),
      ],
    ],
  ]
  return {
    description: 'Messages of the protocol /intelmesh/sync/1. See docs/spec/reconciliation.md, "Messages".',
    cases: [
      ...messages.map((message) => ({
        description: message.type,
        bytes: toHex(encodeSyncMessage(message)),
        message: plain(message),
        expect: 'accept',
      })),
      ...refused.map(([description, expected, value]) => ({
        description,
        bytes: toHex(encodeCbor(value)),
        expect: expected,
      })),
    ],
  }
}

/** What both sides say inside the secure channel before it is theirs. */
export async function membershipVectors(): Promise<VectorFile> {
  const [node, operator, root] = await usualChain()
  const hello = { versions: [1], aco: ACO, chain: [node, operator, root], beacon: new Uint8Array(40).fill(6) }
  const proven = { ...hello, chain: [node, operator], proof: { size: 2, index: 1, path: [sha256(node)] } }
  const hellos: readonly (readonly [string, string, Uint8Array])[] = [
    ['a hello', 'accept', encodeHello(hello)],
    ['a hello with proof that the certificate is logged', 'accept', encodeHello(proven)],
    ['a hello of a later version', 'NEWER_THAN_ME', encodeCbor(new Map([[0, 2]]))],
    ['a hello of one certificate', 'STRUCT_MALFORMED', encodeHello({ ...hello, chain: [node] })],
    [
      'a hello of four',
      'STRUCT_MALFORMED',
      encodeHello({ ...hello, chain: [node, operator, operator, root] }),
    ],
    ['a hello of no version', 'STRUCT_MALFORMED', encodeHello({ ...hello, versions: [] })],
    [
      'a hello beyond 8 KiB',
      'CBOR_LIMIT',
      encodeCbor(
        new Map<number, CborValue>([
          [0, 1],
          [9, new Uint8Array(8192)],
        ]),
      ),
    ],
  ]
  const answers: readonly (readonly [string, string, Uint8Array])[] = [
    ['an answer that lets in', 'accept', encodeAnswer({})],
    ['an answer that does not', 'accept', encodeAnswer({ refused: 'CERT_REVOKED' })],
    ['an answer with a control character', 'STRUCT_MALFORMED', encodeAnswer({ refused: 'a\nb' })],
  ]
  return {
    description:
      'Messages of the membership exchange: hellos and answers, by "message". See docs/spec/channel.md.',
    cases: [
      ...hellos.map(([description, expected, bytes]) => ({
        description,
        message: 'hello',
        bytes: toHex(bytes),
        expect: expected,
      })),
      ...answers.map(([description, expected, bytes]) => ({
        description,
        message: 'answer',
        bytes: toHex(bytes),
        expect: expected,
      })),
    ],
  }
}
