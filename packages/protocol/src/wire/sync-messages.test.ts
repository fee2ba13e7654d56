import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { codeFrom } from '../../../../test/protocol/code-from.ts'
import { type CborValue, encodeCbor } from '../encoding/index.ts'
import { MAX_QUESTIONS } from '../sync/difference.ts'
import { MAX_LEAF_IDS, type TreeNode } from '../sync/tree.ts'
import { MAX_SEQ } from '../trust/index.ts'
import {
  decodeSyncMessage,
  encodeSyncMessage,
  MAX_FRAME_BYTES,
  MAX_LOG_HASHES,
  MAX_WANTED,
  nodesThatFit,
  SYNC_SETS,
  type SyncMessage,
} from './sync-messages.ts'

const bytes = (length: number): fc.Arbitrary<Uint8Array> =>
  fc.uint8Array({ minLength: length, maxLength: length })
const uint = fc.maxSafeNat()
const path = fc.constantFrom('', '0001', '00011f', '00011f17', '00011f17a', '00011f17deadbeef')
const child = fc.record({ label: fc.constantFrom('0001', 'ff', 'a'), count: uint, digest: bytes(32) })
const node: fc.Arbitrary<TreeNode | undefined> = fc.oneof(
  fc.constant(undefined),
  fc.record({ kind: fc.constant('leaf' as const), ids: fc.array(bytes(32), { minLength: 1, maxLength: 5 }) }),
  fc.record({
    kind: fc.constant('inner' as const),
    children: fc.array(child, { minLength: 1, maxLength: 5 }),
  }),
)
const opening = fc.record(
  {
    set: fc.constantFrom(...SYNC_SETS),
    asOf: uint,
    count: uint,
    digest: bytes(32),
    beacon: fc.uint8Array({ maxLength: 50 }),
    statusList: fc.uint8Array({ maxLength: 50 }),
    logSize: uint,
    refused: fc.constantFrom('NOT_ENTITLED', 'CLOCKS_DIFFER'),
  },
  { requiredKeys: ['set', 'asOf', 'count', 'digest'] },
)
const item = fc.record({
  form: fc.constantFrom('batch' as const, 'record' as const, 'control' as const, 'header' as const),
  bytes: fc.uint8Array(),
})
const MESSAGES: { readonly [T in SyncMessage['type']]: fc.Arbitrary<Extract<SyncMessage, { type: T }>> } = {
  open: fc.record({ type: fc.constant('open' as const), opening }),
  ask: fc.record({
    type: fc.constant('ask' as const),
    paths: fc.array(path, { minLength: 1, maxLength: 9 }),
  }),
  nodes: fc.record({
    type: fc.constant('nodes' as const),
    nodes: fc.array(node, { minLength: 1, maxLength: 9 }),
  }),
  want: fc.record({
    type: fc.constant('want' as const),
    ids: fc.array(bytes(32), { minLength: 1, maxLength: 9 }),
  }),
  items: fc.record({ type: fc.constant('items' as const), items: fc.array(item, { maxLength: 9 }) }),
  log: fc.record({ type: fc.constant('log' as const), from: uint }),
  hashes: fc.record({ type: fc.constant('hashes' as const), hashes: fc.array(bytes(32), { maxLength: 9 }) }),
  headers: fc.record({
    type: fc.constant('headers' as const),
    chain: bytes(16),
    from: fc.nat(MAX_SEQ),
    to: fc.nat(MAX_SEQ),
  }),
  done: fc.record({ type: fc.constant('done' as const) }),
}
const message = fc.oneof(...Object.values(MESSAGES)) as fc.Arbitrary<SyncMessage>

describe(encodeSyncMessage, () => {
  test.for(Object.keys(MESSAGES) as SyncMessage['type'][])('writes %s as it is read', (type) => {
    fc.assert(
      fc.property(MESSAGES[type] as fc.Arbitrary<SyncMessage>, (each) => {
        expect(decodeSyncMessage(encodeSyncMessage(each))).toEqual(each)
      }),
    )
  })
})

describe(decodeSyncMessage, () => {
  it('reads changed bytes as one spelling of some message, or refuses them with a code', () => {
    fc.assert(
      fc.property(message, fc.nat(), fc.integer({ min: 1, max: 255 }), (each, at, change) => {
        const changed = encodeSyncMessage(each)
        const place = at % changed.length
        changed[place] = (changed[place] ?? 0) ^ change
        const outcome = codeFrom(() => decodeSyncMessage(changed))
        if (outcome !== 'NOTHING_THROWN') expect(outcome).toMatch(/^(?:CBOR|STRUCT|SYNC|NEWER)_/)
        else if (each.type !== 'open') expect(encodeSyncMessage(decodeSyncMessage(changed))).toEqual(changed)
      }),
      { numRuns: 2000 },
    )
  })

  const id = new Uint8Array(32)
  const leaf = (count: number): CborValue => Array<Uint8Array>(count).fill(id)
  test.for<[string, string, CborValue]>([
    ['no message', 'SYNC_MALFORMED', []],
    ['an unknown kind', 'SYNC_MALFORMED', [9]],
    ['a kind in words', 'SYNC_MALFORMED', ['done']],
    ['a kind from a prototype', 'SYNC_MALFORMED', ['__proto__']],
    ['an argument too many', 'SYNC_MALFORMED', [8, 0]],
    ['an argument too few', 'SYNC_MALFORMED', [7, new Uint8Array(16), 0]],
    ['no array', 'STRUCT_MALFORMED', 0],
    ['an opening of a later version', 'NEWER_THAN_ME', [0, new Map([[0, 2]])]],
    [
      'an opening of a set of a later version',
      'NEWER_THAN_ME',
      [
        0,
        new Map<number, CborValue>([
          [0, 1],
          [1, 6],
          [2, 0],
          [3, 0],
          [4, id],
        ]),
      ],
    ],
    ['no question', 'STRUCT_MALFORMED', [1, []]],
    ['too many questions', 'STRUCT_MALFORMED', [1, Array<string>(MAX_QUESTIONS + 1).fill('')]],
    ['a path between two levels', 'SYNC_MALFORMED', [1, ['00011']]],
    ['a path beyond the last level', 'SYNC_MALFORMED', [1, ['0'.repeat(17)]]],
    ['a path in capitals', 'SYNC_MALFORMED', [1, ['000A']]],
    ['a path with a line break', 'SYNC_MALFORMED', [1, ['0001\n']]],
    ['no answer', 'STRUCT_MALFORMED', [2, []]],
    ['an empty node', 'STRUCT_MALFORMED', [2, [[]]]],
    ['a node of more ids than any', 'STRUCT_MALFORMED', [2, [leaf(32 * MAX_LEAF_IDS + 1)]]],
    [
      'a node of more children than any',
      'STRUCT_MALFORMED',
      [
        2,
        [
          Array<CborValue>(4097).fill(
            new Map<number, CborValue>([
              [1, '0'],
              [2, 1],
              [3, id],
            ]),
          ),
        ],
      ],
    ],
    ['a node of ids and children', 'STRUCT_MALFORMED', [2, [[id, new Map()]]]],
    ['a short id', 'STRUCT_MALFORMED', [3, [new Uint8Array(31)]]],
    ['too many ids', 'STRUCT_MALFORMED', [3, leaf(MAX_WANTED + 1)]],
    ['no ids', 'STRUCT_MALFORMED', [3, []]],
    ['an item of an unknown form', 'NEWER_THAN_ME', [4, [[4, id]]]],
    ['an item that is no pair', 'SYNC_MALFORMED', [4, [[0, id, id]]]],
    ['too many items', 'STRUCT_MALFORMED', [4, Array<CborValue>(MAX_WANTED + 1).fill([0, id])]],
    ['a negative place in the log', 'STRUCT_MALFORMED', [5, -1]],
    ['too many hashes', 'STRUCT_MALFORMED', [6, leaf(MAX_LOG_HASHES + 1)]],
    ['a place that no chain has', 'STRUCT_MALFORMED', [7, new Uint8Array(16), 0, 2 ** 32]],
    ['too many values', 'CBOR_LIMIT', Array<number>(262_144).fill(0)],
    ['too many bytes', 'CBOR_LIMIT', new Uint8Array(MAX_FRAME_BYTES)],
  ])('refuses %s with %s', ([, code, value]) => {
    expect(codeFrom(() => decodeSyncMessage(encodeCbor(value)))).toBe(code)
  })
})

describe(nodesThatFit, () => {
  const leafOf = (count: number): TreeNode => ({
    kind: 'leaf',
    ids: Array<Uint8Array>(count).fill(new Uint8Array(32)),
  })

  it('gives the first nodes, as many as a frame holds', () => {
    const nodes = Array<TreeNode>(MAX_QUESTIONS).fill(leafOf(MAX_LEAF_IDS))
    const fitting = nodesThatFit(nodes)
    expect(encodeSyncMessage({ type: 'nodes', nodes: fitting }).length).toBeLessThanOrEqual(MAX_FRAME_BYTES)
    expect(
      encodeSyncMessage({ type: 'nodes', nodes: nodes.slice(0, fitting.length + 1) }).length,
    ).toBeGreaterThan(MAX_FRAME_BYTES - 16)
  })

  it('gives one node at least, and that fits', () => {
    const children = Array.from({ length: 4096 }, (_, i) => ({
      label: i.toString(16).padStart(4, '0'),
      count: 2 ** 53 - 1,
      digest: new Uint8Array(32),
    }))
    for (const largest of [leafOf(32 * MAX_LEAF_IDS), { kind: 'inner', children } as const]) {
      const [only] = nodesThatFit([largest, undefined])
      expect(only).toBe(largest)
      expect(encodeSyncMessage({ type: 'nodes', nodes: [only] }).length).toBeLessThanOrEqual(MAX_FRAME_BYTES)
    }
  })

  it('never exceeds a frame', () => {
    const any = fc.oneof(fc.nat(3000).map(leafOf), fc.constant(undefined))
    fc.assert(
      fc.property(fc.array(any, { minLength: 1, maxLength: MAX_QUESTIONS }), (nodes) => {
        const fitting = nodesThatFit(
          nodes.map((each) => (each?.kind === 'leaf' && each.ids.length === 0 ? undefined : each)),
        )
        expect(fitting.length).toBeGreaterThan(0)
        expect(encodeSyncMessage({ type: 'nodes', nodes: fitting }).length).toBeLessThanOrEqual(
          MAX_FRAME_BYTES,
        )
      }),
      { numRuns: 20 },
    )
  })
})
