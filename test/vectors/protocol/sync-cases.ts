import {
  type CborValue,
  cellsOf,
  checksumsOf,
  compareBytes,
  decodeCellRun,
  encodeCbor,
  encodeCellRun,
  encodeSyncMessage,
  fromHex,
  joinIds,
  macEach,
  macKeyOf,
  sha256,
  shortIdsOf,
  type SyncHello,
  type SyncMessage,
  toHex,
  wordBytes,
} from '@intelmesh/protocol'
import { answererOf, comparison, foundBy, sideOf } from '../../protocol/comparison.ts'
import { AT, plain, type VectorFile } from '../trust/cast.ts'
import { idOf, type Run, setOf } from './tree-cases.ts'

const HOUR = AT / 3_600_000
const KEY = Uint8Array.from({ length: 16 }, (_, i) => i)
const id = (fill: number): Uint8Array => new Uint8Array(32).fill(fill)
const hello: SyncHello = { set: 'green', asOf: HOUR, floor: 0, count: 3, digest: id(1), more: {} }
const run = (hour: number, from: number, count: number): Run => ({ hour, from, count })

const MESSAGES: readonly SyncMessage[] = [
  { type: 'hello', hello },
  { type: 'hello', hello: { ...hello, floor: HOUR - 24, more: { recent: 262_144 } } },
  {
    type: 'hello',
    hello: {
      ...hello,
      set: 'control',
      more: { status: id(7).slice(0, 16), beacon: id(2), statusList: id(3), logSize: 7 },
    },
  },
  { type: 'same' },
  { type: 'refused', code: 'NOT_ENTITLED' },
  { type: 'ask', paths: [''] },
  { type: 'ask', paths: ['028d', '028c07', '028b0808', '028b0708a'] },
  {
    type: 'nodes',
    nodes: [
      { kind: 'inner', children: [{ label: '028b', count: 3, digest: id(1) }] },
      undefined,
      { kind: 'leaf', ids: joinIds([id(1), id(2)]) },
    ],
  },
  { type: 'cells', count: 64, paths: [''] },
  { type: 'cells', count: 16, paths: [] },
  { type: 'run', key: KEY, ids: 5, cells: new Uint8Array(17) },
  { type: 'want', ids: joinIds([id(1), id(2)]) },
  { type: 'pick', shortIds: new Uint8Array(16) },
  { type: 'fetch', paths: ['028b0708', '028b0707'] },
  { type: 'recent' },
  {
    type: 'items',
    more: true,
    items: [
      { form: 'batch', bytes: id(1) },
      { form: 'record', bytes: id(2) },
      { form: 'control', bytes: id(3) },
      { form: 'header', bytes: id(4) },
    ],
  },
  { type: 'items', more: false, items: [] },
  { type: 'taken' },
  { type: 'log', from: 7 },
  { type: 'hashes', hashes: [id(1)] },
  { type: 'headers', hashes: joinIds([id(1), id(2)]) },
  { type: 'pack', frame: id(5) },
]

const REFUSED: readonly (readonly [string, string, CborValue])[] = [
  ['no message', 'SYNC_MALFORMED', []],
  ['an unknown kind', 'SYNC_MALFORMED', [17]],
  ['an argument too many', 'SYNC_MALFORMED', [1, 0]],
  ['a path between two levels', 'SYNC_MALFORMED', [3, ['00011']]],
  ['no path', 'STRUCT_MALFORMED', [3, []]],
  ['65 paths', 'STRUCT_MALFORMED', [3, Array<string>(65).fill('')]],
  ['one path twice', 'SYNC_MALFORMED', [3, ['028b', '028a', '028b']]],
  ['cells over an hour of a day beside it', 'SYNC_MALFORMED', [5, 64, ['028b0708', '028b07']]],
  ['everything, and some of it once more', 'SYNC_MALFORMED', [9, ['', '028b']]],
  ['a floor beyond what was swept', 'SYNC_MALFORMED', [0, [5, HOUR, HOUR + 1, 0, id(0), new Map()]]],
  [
    'more recent than a session finds',
    'STRUCT_MALFORMED',
    [0, [5, HOUR, 0, 0, id(0), new Map([[5, 262_145]])]],
  ],
  ['an empty node', 'STRUCT_MALFORMED', [4, [[]]]],
  ['ids that are not whole', 'SYNC_MALFORMED', [4, [new Uint8Array(33)]]],
  ['no cells', 'STRUCT_MALFORMED', [5, 0, ['']]],
  ['a short key', 'STRUCT_MALFORMED', [6, new Uint8Array(15), 0, new Uint8Array(0)]],
  ['a short id', 'STRUCT_MALFORMED', [7, new Uint8Array(31)]],
  ['short ids that are not whole', 'SYNC_MALFORMED', [8, new Uint8Array(9)]],
  ['headers of 65 hashes', 'STRUCT_MALFORMED', [15, new Uint8Array(65 * 32)]],
  ['neither more nor no more', 'SYNC_MALFORMED', [11, 0, []]],
  ['an item of a form of a later version', 'NEWER_THAN_ME', [11, false, [[4, id(1)]]]],
  ['a set of a later version', 'NEWER_THAN_ME', [0, [6, 0, 0, 0, id(0), new Map()]]],
]

/** Messages of a session, one of each kind, and bytes that are none. */
export async function syncMessageVectors(): Promise<VectorFile> {
  return {
    description: 'Messages of the protocol /intelmesh/sync/2. See docs/spec/reconciliation.md, "Messages".',
    cases: [
      ...MESSAGES.map((message) => ({
        description: message.type,
        bytes: toHex(encodeSyncMessage(message)),
        message: plain(message),
        expect: 'accept',
      })),
      ...REFUSED.map(([description, expected, value]) => ({
        description,
        bytes: toHex(encodeCbor(value)),
        expect: expected,
      })),
    ],
  }
}

const TABLES: readonly (readonly [string, readonly Run[], number])[] = [
  ['nothing', [], 3],
  ['one id', [run(HOUR, 0, 1)], 24],
  ['three ids', [run(HOUR, 0, 2), run(HOUR + 1, 2, 1)], 24],
  ['1,000 ids', [run(HOUR, 0, 1000)], 64],
]

/** Short ids, checksums and cells of sets; and bytes that are no cells. */
export async function cellVectors(): Promise<VectorFile> {
  const tables = await Promise.all(
    TABLES.map(async ([description, runs, count]) => ({
      description,
      runs,
      count,
      ...(await describeCells(runs, count)),
      expect: 'accept',
    })),
  )
  const three = tables[2]?.cells ?? ''
  const refused: readonly (readonly [string, string])[] = [
    ['a cell too few', three.slice(0, -34)],
    ['a byte too many', `${three}00`],
    ['a count that is not the shortest', `${three.slice(0, -2)}8000`],
    ['a count of more than 32 bits', `${three.slice(0, -2)}ffffffff1f`],
  ]
  return {
    description:
      'The first "count" cells over a set, under "key"; with the short ids of the first ids of the set in ascending order, and their checksums. Cases without "runs" are bytes that are not 24 cells over 3 ids. See docs/spec/reconciliation.md, "Cells".',
    key: toHex(KEY),
    cases: [
      ...tables,
      ...refused.map(([description, cells]) => ({ description, cells, expect: 'SYNC_MALFORMED' })),
    ],
  }
}

export async function describeCells(
  runs: readonly Run[],
  count: number,
): Promise<{
  readonly ids: number
  readonly shortIds: string
  readonly checksums: string
  readonly cells: string
}> {
  const set = await setOf(runs)
  const key = macKeyOf(KEY)
  const table = await cellsOf(sideOf(set), [''], key, count)
  const numbers = runs.flatMap(({ from, count: many }) => Array.from({ length: many }, (_, i) => from + i))
  const first = numbers.map(idOf).toSorted(compareBytes).slice(0, 3)
  const shortIds = shortIdsOf(key, joinIds(first))
  return {
    ids: set.root.count,
    shortIds: toHex(wordBytes(shortIds)),
    checksums: toHex(wordBytes(checksumsOf(key, shortIds))),
    cells: toHex(encodeCellRun(table, 0, count, set.root.count)),
  }
}

/** Reads bytes as 24 cells over three ids. @throws SyncError SYNC_MALFORMED */
export function readCells(cells: string): void {
  decodeCellRun(fromHex(cells), 0, 24, 3)
}

/** Tags of Chaskey-12, from the reference implementation of its authors. */
export async function macVectors(): Promise<VectorFile> {
  const key = '33343d839f389f004fe69823 39cf7a41'.replace(' ', '')
  const cases = [8, 16].map((length) => {
    const message = Uint8Array.from({ length }, (_, i) => i)
    return {
      description: `${length} bytes`,
      message: toHex(message),
      tag: tagOf(key, toHex(message)),
      expect: 'accept',
    }
  })
  return {
    description:
      'The first 8 bytes of Chaskey-12 tags under "key". See docs/spec/reconciliation.md, "Cells".',
    key,
    cases,
  }
}

export function tagOf(key: string, message: string): string {
  const bytes = fromHex(message)
  return toHex(wordBytes(macEach(macKeyOf(fromHex(key)), bytes, bytes.length, bytes.length as 8 | 16)))
}

const days = (count: number, of: (day: number) => readonly Run[]): readonly Run[] =>
  Array.from({ length: count }, (_, day) => of(day)).flat()

const PAIRS: readonly (readonly [string, readonly Run[], readonly Run[]])[] = [
  ['an empty side', [], [run(HOUR, 0, 5), run(HOUR + 30, 5, 5)]],
  ['an empty peer', [run(HOUR, 0, 5)], []],
  [
    'differences on both sides',
    [run(HOUR, 0, 10), run(HOUR + 24, 20, 10)],
    [run(HOUR, 5, 10), run(HOUR + 24, 20, 9)],
  ],
  [
    'hours that only the peer has',
    [run(HOUR, 0, 40)],
    [run(HOUR, 0, 40), run(HOUR + 1, 40, 40), run(HOUR + 2, 80, 40)],
  ],
  ['one id among 3,000 of an hour', [run(HOUR, 0, 3000)], [run(HOUR, 0, 2999)]],
  [
    'one id on either side of every day',
    days(12, (day) => [run(HOUR + 24 * day, 100 * day, 41)]),
    days(12, (day) => [run(HOUR + 24 * day, 100 * day, 40), run(HOUR + 24 * day, 100 * day + 50, 1)]),
  ],
]

/** Whole comparisons, message by message. */
export async function comparisonVectors(): Promise<VectorFile> {
  const cases = await Promise.all(
    PAIRS.map(async ([description, own, theirs]) => ({
      description,
      own,
      theirs,
      ...(await compareRuns(own, theirs)),
      expect: 'accept',
    })),
  )
  return {
    description:
      'Comparisons of the set "own" of the side that leads with the set "theirs", both in runs as in tree.json, with cells under "key": all messages between the hellos and the transfer, by turns, and how many ids are needed and had, with the SHA-256 of those ids in ascending order. Another implementation may ask for other nodes and cells; what it finds is the same. See docs/spec/reconciliation.md, "Comparison".',
    key: toHex(KEY),
    cases,
  }
}

export async function compareRuns(
  ownRuns: readonly Run[],
  theirRuns: readonly Run[],
): Promise<Readonly<Record<string, unknown>>> {
  const [own, theirs] = [await setOf(ownRuns), await setOf(theirRuns)]
  const answerer = answererOf(theirs, KEY)
  const { difference, messages } = await comparison(own, theirs, answerer)
  const found = await foundBy(difference, own, theirs, answerer)
  const digest = (ids: readonly string[]): string => toHex(sha256(fromHex(ids.join(''))))
  return {
    messages: messages.map(toHex),
    needs: found.need.length,
    need: digest(found.need),
    haves: found.have.length,
    have: digest(found.have),
  }
}
