import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { codeFrom } from '../../../../test/protocol/code-from.ts'
import { type CborValue, encodeCbor } from '../encoding/index.ts'
import { MAX_CELL_PATHS } from '../sync/compare-sets.ts'
import { MAX_RUN } from '../sync/exchange-cells.ts'
import { MAX_DIFFERENCE, MAX_QUESTIONS } from '../sync/locate.ts'
import type { TreeNode } from '../sync/tree.ts'
import { MAX_NODE_IDS } from './sync-fields.ts'
import { MAX_FRAME_BYTES, SYNC_SETS, type SyncMessage } from './sync-message.ts'
import {
  decodeSyncMessage,
  encodeSyncMessage,
  MAX_FETCHED,
  MAX_GAPS,
  MAX_ITEMS,
  MAX_LOG_HASHES,
  MAX_PICKED,
  MAX_WANTED,
  nodesThatFit,
} from './sync-messages.ts'

const bytes = (length: number): fc.Arbitrary<Uint8Array> =>
  fc.uint8Array({ minLength: length, maxLength: length })
const multiples = (length: number): fc.Arbitrary<Uint8Array> =>
  fc.integer({ min: 1, max: 5 }).chain((count) => bytes(count * length))
const uint = fc.maxSafeNat()
const below = fc.constantFrom('', '1f', '1f17', '1f17a', '1f17deadbeef', '1f17deadbeefdeadbeef')
const paths = fc.oneof(
  fc.constant(['']),
  fc
    .uniqueArray(fc.tuple(fc.nat(0xffff), below), {
      selector: ([period]) => period,
      minLength: 1,
      maxLength: 9,
    })
    .map((list) => list.map(([period, rest]) => period.toString(16).padStart(4, '0') + rest)),
)
const child = fc.record({ label: fc.constantFrom('0001', 'ff', 'a'), count: uint, digest: bytes(32) })
const node: fc.Arbitrary<TreeNode | undefined> = fc.oneof(
  fc.constant(undefined),
  fc.record({ kind: fc.constant('leaf' as const), ids: multiples(32) }),
  fc.record({
    kind: fc.constant('inner' as const),
    children: fc.array(child, { minLength: 1, maxLength: 5 }),
  }),
)
const more = fc.record(
  {
    status: bytes(16),
    beacon: fc.uint8Array({ maxLength: 50 }),
    statusList: fc.uint8Array({ maxLength: 50 }),
    logSize: uint,
    recent: fc.nat(MAX_DIFFERENCE),
  },
  { requiredKeys: [] },
)
const hello = fc
  .record({
    set: fc.constantFrom(...SYNC_SETS),
    asOf: uint,
    floor: uint,
    count: uint,
    digest: bytes(32),
    more,
  })
  .map(({ asOf, floor, ...rest }) => ({ ...rest, asOf: Math.max(asOf, floor), floor: Math.min(asOf, floor) }))
const item = fc.record({
  form: fc.constantFrom('batch' as const, 'record' as const, 'control' as const, 'header' as const),
  bytes: fc.uint8Array(),
})
const MESSAGES: {
  readonly [T in SyncMessage['type']]: fc.Arbitrary<Omit<Extract<SyncMessage, { type: T }>, 'type'>>
} = {
  hello: fc.record({ hello }),
  same: fc.constant({}),
  refused: fc.record({ code: fc.constantFrom('NOT_ENTITLED', 'CLOCKS_DIFFER') }),
  ask: fc.record({ paths }),
  nodes: fc.record({ nodes: fc.array(node, { minLength: 1, maxLength: 9 }) }),
  cells: fc.record({
    count: fc.integer({ min: 1, max: MAX_RUN }),
    paths: fc.oneof(paths, fc.constant([])),
  }),
  run: fc.record({ key: bytes(16), ids: fc.nat(), cells: fc.uint8Array() }),
  want: fc.record({ ids: multiples(32) }),
  pick: fc.record({ shortIds: multiples(8) }),
  fetch: fc.record({ paths }),
  recent: fc.constant({}),
  items: fc.record({ more: fc.boolean(), items: fc.array(item, { maxLength: 9 }) }),
  taken: fc.constant({}),
  log: fc.record({ from: uint }),
  hashes: fc.record({ hashes: fc.array(bytes(32), { maxLength: 9 }) }),
  headers: fc.record({ hashes: multiples(32) }),
  pack: fc.record({ frame: fc.uint8Array({ minLength: 1 }) }),
}
const TYPES = Object.keys(MESSAGES) as SyncMessage['type'][]
const messageOf = (type: SyncMessage['type']): fc.Arbitrary<SyncMessage> =>
  (MESSAGES[type] as fc.Arbitrary<object>).map((rest) => ({ type, ...rest }) as SyncMessage)
const message = fc.oneof(...TYPES.map(messageOf))

describe(encodeSyncMessage, () => {
  test.for(TYPES)('writes %s as it is read', (type) => {
    fc.assert(
      fc.property(messageOf(type), (each) => {
        expect(decodeSyncMessage(encodeSyncMessage(each))).toEqual(each)
      }),
    )
  })

  it('says that nothing is missing in less than a hundred bytes, both ways', () => {
    const digest = new Uint8Array(32).fill(7)
    const hello = { set: 'green', asOf: 499_656, floor: 499_000, count: 1_000_000, digest, more: {} } as const
    const messages: readonly SyncMessage[] = [{ type: 'hello', hello }, { type: 'same' }]
    expect(messages.reduce((sum, each) => sum + encodeSyncMessage(each).length, 0)).toBeLessThan(60)
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
        else if (each.type !== 'hello') expect(encodeSyncMessage(decodeSyncMessage(changed))).toEqual(changed)
      }),
      { numRuns: 2000 },
    )
  })

  const id = new Uint8Array(32)
  const many = (count: number, value: CborValue): CborValue => Array<CborValue>(count).fill(value)
  const child = ['0', 1, id]
  test.for<[string, string, CborValue]>([
    ['no message', 'SYNC_MALFORMED', []],
    ['an unknown kind', 'SYNC_MALFORMED', [17]],
    ['a kind in words', 'SYNC_MALFORMED', ['same']],
    ['a kind from a prototype', 'SYNC_MALFORMED', ['__proto__']],
    ['an argument too many', 'SYNC_MALFORMED', [1, 0]],
    ['an argument too few', 'SYNC_MALFORMED', [9]],
    ['no array', 'STRUCT_MALFORMED', 0],
    ['a hello of too few values', 'SYNC_MALFORMED', [0, [5, 0, 0, 0, id]]],
    ['a hello of a set of a later version', 'NEWER_THAN_ME', [0, [6, 0, 0, 0, id, new Map()]]],
    [
      'more recent than a session finds',
      'STRUCT_MALFORMED',
      [0, [5, 0, 0, 0, id, new Map([[5, MAX_DIFFERENCE + 1]])]],
    ],
    ['no question', 'STRUCT_MALFORMED', [3, []]],
    ['too many questions', 'STRUCT_MALFORMED', [3, many(MAX_QUESTIONS + 1, '')]],
    ['a path between two levels', 'SYNC_MALFORMED', [3, ['00011']]],
    ['a path beyond the last level', 'SYNC_MALFORMED', [3, ['0'.repeat(25)]]],
    ['a path in capitals', 'SYNC_MALFORMED', [3, ['000A']]],
    ['a path with a line break', 'SYNC_MALFORMED', [3, ['0001\n']]],
    ['one question twice', 'SYNC_MALFORMED', [3, ['0001', '0002', '0001']]],
    ['no answer', 'STRUCT_MALFORMED', [4, []]],
    ['an empty node', 'STRUCT_MALFORMED', [4, [[]]]],
    ['an empty leaf', 'STRUCT_MALFORMED', [4, [new Uint8Array(0)]]],
    ['a leaf that ends within an id', 'SYNC_MALFORMED', [4, [new Uint8Array(33)]]],
    ['a node of more ids than any', 'STRUCT_MALFORMED', [4, [new Uint8Array(32 * (MAX_NODE_IDS + 1))]]],
    ['a node of more children than any', 'STRUCT_MALFORMED', [4, [many(4097, child)]]],
    ['a child of too few values', 'SYNC_MALFORMED', [4, [[['0', 1]]]]],
    ['no cells', 'STRUCT_MALFORMED', [5, 0, []]],
    ['too many cells', 'STRUCT_MALFORMED', [5, MAX_RUN + 1, []]],
    ['cells over too many paths', 'STRUCT_MALFORMED', [5, 1, many(MAX_CELL_PATHS + 1, '')]],
    ['cells over the whole set twice', 'SYNC_MALFORMED', [5, 1, ['', '']]],
    ['cells over an hour of a day beside it', 'SYNC_MALFORMED', [5, 1, ['00011f17', '0002', '00011f']]],
    ['a short key', 'STRUCT_MALFORMED', [6, new Uint8Array(15), 0, id]],
    ['cells over too many ids', 'STRUCT_MALFORMED', [6, new Uint8Array(16), 2 ** 31, id]],
    ['an id cut short', 'STRUCT_MALFORMED', [7, new Uint8Array(31)]],
    ['too many ids', 'STRUCT_MALFORMED', [7, new Uint8Array(32 * (MAX_WANTED + 1))]],
    ['no short ids', 'STRUCT_MALFORMED', [8, new Uint8Array(0)]],
    ['too many short ids', 'STRUCT_MALFORMED', [8, new Uint8Array(8 * (MAX_PICKED + 1))]],
    ['too many paths', 'STRUCT_MALFORMED', [9, many(MAX_FETCHED + 1, '')]],
    ['everything, and some of it once more', 'SYNC_MALFORMED', [9, ['0001', '']]],
    ['a path as often as a message holds it', 'SYNC_MALFORMED', [9, many(MAX_FETCHED, '')]],
    ['neither more nor no more', 'SYNC_MALFORMED', [11, 1, []]],
    ['an item of an unknown form', 'NEWER_THAN_ME', [11, false, [[4, id]]]],
    ['an item that is no pair', 'SYNC_MALFORMED', [11, false, [[0, id, id]]]],
    ['too many items', 'STRUCT_MALFORMED', [11, false, many(MAX_ITEMS + 1, [0, id])]],
    ['a negative place in the log', 'STRUCT_MALFORMED', [13, -1]],
    ['too many hashes', 'STRUCT_MALFORMED', [14, many(MAX_LOG_HASHES + 1, id)]],
    ['headers of no hash', 'STRUCT_MALFORMED', [15, new Uint8Array(0)]],
    ['headers of too many hashes', 'STRUCT_MALFORMED', [15, new Uint8Array(32 * (MAX_GAPS + 1))]],
    ['too many values', 'CBOR_LIMIT', many(262_144, 0)],
    ['too many bytes', 'CBOR_LIMIT', new Uint8Array(MAX_FRAME_BYTES)],
  ])('refuses %s with %s', ([, code, value]) => {
    expect(codeFrom(() => decodeSyncMessage(encodeCbor(value)))).toBe(code)
  })
})

describe(nodesThatFit, () => {
  const leafOf = (count: number): TreeNode => ({
    kind: 'leaf',
    ids: new Uint8Array(32 * count),
  })

  it('gives the first nodes, as many as a frame holds', () => {
    const nodes = Array<TreeNode>(MAX_QUESTIONS).fill(leafOf(1000))
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
    for (const largest of [leafOf(MAX_NODE_IDS), { kind: 'inner', children } as const]) {
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
