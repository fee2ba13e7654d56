import type { NodeStatus, PeerSync, Skipped, SkippedRecord } from '@intelmesh/node'
import { minuteOf } from './records-table.ts'
import { paint, type Style } from './style.ts'
import { type Cell, type Column, renderTable } from './table.ts'
import { printable } from './printable.ts'

/**
 * How the node's sets stand to those of connected members: a line for each that differs, and one for each member with whom all agree. Then
 * what members brought and was left out, with the reasons in words.
 */
export function renderSync({ sync, skipped }: Pick<NodeStatus, 'sync' | 'skipped'>, style: Style): string {
  const tables = [renderStandings(sync, style), renderSkipped(skipped, style)].filter((text) => text !== '')
  return [...tables, renderReasons({ sync, skipped }, style)]
    .map((text) => (text === '' ? '' : `\n${text}`))
    .join('')
}

const STANDING_COLUMNS = [
  { title: 'member', least: 8 },
  { title: 'set', least: 7 },
  { title: 'state' },
  { title: 'lag' },
  { title: 'here' },
  { title: 'there' },
  { title: 'differ' },
  { title: 'left out', least: 14 },
] as const
const MOST_STANDINGS = 30

function renderStandings(syncs: readonly PeerSync[], style: Style): string {
  const members = [...Map.groupBy(syncs, ({ node }) => node).values()]
  return renderSome(STANDING_COLUMNS, members.flatMap(rowsOf), MOST_STANDINGS, style)
}

/** A line for each set that differs, and below it one for each further code of what was left out. */
function rowsOf(sets: readonly PeerSync[]): readonly (readonly Cell[])[] {
  const open = sets.filter((each) => !isSettled(each))
  const name = nameOf(sets[0])
  if (open.length === 0) return [[name, 'all', { text: 'equal', colour: 'green' }, '', '', '', '', '']]
  return open.flatMap((each) => {
    const [first, ...others] = each.skipped.map(({ code, count }) => `${count} ${code}`)
    return [
      [
        name,
        each.set,
        { text: each.isComparing ? 'comparing' : each.state, colour: 'yellow' },
        lagText(each.lagSeconds),
        countText(each.here),
        countText(each.there),
        countText(each.divergence),
        first ?? '',
      ],
      ...others.map((text) => ['', '', '', '', '', '', '', text]),
    ]
  })
}

const SKIPPED_COLUMNS = [
  { title: 'left out', least: 16 },
  { title: 'set', least: 7 },
  { title: 'by', least: 8 },
  { title: 'at' },
  { title: 'code', least: 12 },
] as const
const MOST_SKIPPED = 10

function renderSkipped(skipped: readonly SkippedRecord[], style: Style): string {
  const rows = skipped.map(({ id, set, from, at, code }) => [
    id?.slice(0, 16) ?? 'not to be read',
    set,
    nameOf(from),
    minuteOf(at),
    code,
  ])
  return renderSome(SKIPPED_COLUMNS, rows, MOST_SKIPPED, style)
}

function renderSome(
  columns: readonly Column[],
  rows: readonly (readonly Cell[])[],
  most: number,
  style: Style,
): string {
  if (rows.length === 0) return ''
  const rest = rows.length > most ? `and ${rows.length - most} more: --json shows all\n` : ''
  return renderTable(columns, rows.slice(0, most), style) + rest
}

/** Every code of these tables once, in words: what was left out in sets that differ, and why sets could not be compared. */
function renderReasons({ sync, skipped }: Pick<NodeStatus, 'sync' | 'skipped'>, style: Style): string {
  const open = sync.filter((each) => !isSettled(each))
  const problems: readonly Skipped[] = [
    ...open.flatMap((each) => each.skipped),
    ...[...open.flatMap(({ problem }) => problem ?? []), ...skipped].map((each) => ({ ...each, count: 0 })),
  ]
  return [...Map.groupBy(problems, ({ code }) => code)]
    .map(([code, each]) => {
      const count = each.reduce((sum, one) => sum + one.count, 0)
      const what = `${printable(code)}${count > 0 ? ` (${count})` : ''}:`
      return `${paint(style, 'yellow', what)} ${printable(each[0]?.reason ?? '')}\n`
    })
    .join('')
}

function nameOf(member: Pick<PeerSync, 'node' | 'organisation'> | undefined): string {
  return member?.organisation.name || (member?.node ?? '').slice(0, 16)
}

function isSettled({ state, problem }: PeerSync): boolean {
  return state === 'equal' || (state === 'refused' && problem?.code === 'NOT_ENTITLED')
}

function countText(count: number | undefined): string {
  return count === undefined ? '' : String(count)
}

function lagText(seconds: number): string {
  if (seconds < 120) return `${seconds} s`
  if (seconds < 7_200) return `${Math.round(seconds / 60)} min`
  return seconds < 172_800 ? `${Math.round(seconds / 3_600)} h` : `${Math.round(seconds / 86_400)} d`
}
