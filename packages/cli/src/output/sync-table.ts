import type { PeerSync } from '@intelmesh/node'
import { paint, type Style } from './style.ts'
import { type Cell, renderTable } from './table.ts'
import { printable } from './printable.ts'

/** How the node's sets stand to those of connected members: a line for each that differs, and one for each member with whom all agree. */
export function renderSync(syncs: readonly PeerSync[], style: Style): string {
  if (syncs.length === 0) return ''
  const members = [...Map.groupBy(syncs, ({ node }) => node).values()]
  const rows = members.flatMap((sets) => rowsOf(sets))
  const table = renderTable(COLUMNS, rows.slice(0, MOST_ROWS), style)
  const rest = rows.length > MOST_ROWS ? `and ${rows.length - MOST_ROWS} more: --json shows all\n` : ''
  return `\n${table}${rest}${renderProblems(syncs, style)}`
}

const COLUMNS = [
  { title: 'member', least: 8 },
  { title: 'set', least: 5 },
  { title: 'state' },
  { title: 'lag' },
  { title: 'here' },
  { title: 'there' },
  { title: 'left out', least: 8 },
] as const
const MOST_ROWS = 30

function rowsOf(sets: readonly PeerSync[]): readonly (readonly Cell[])[] {
  const open = sets.filter((each) => !isSettled(each))
  const name = sets[0]?.organisation.name || (sets[0]?.node ?? '').slice(0, 16)
  if (open.length === 0) return [[name, 'all', { text: 'equal', colour: 'green' }, '', '', '', '']]
  return open.map((each) => [
    name,
    each.set,
    { text: each.isComparing ? 'comparing' : each.state, colour: 'yellow' },
    lagText(each.lagSeconds),
    countText(each.here),
    countText(each.there),
    each.skipped[0] === undefined ? '' : `${each.skipped[0].count} ${each.skipped[0].code}`,
  ])
}

/** What was left out or refused, each code once, in words. */
function renderProblems(syncs: readonly PeerSync[], style: Style): string {
  const counts = new Map<string, { count: number; reason: string }>()
  for (const each of syncs) {
    if (isSettled(each)) continue
    const problems = [...each.skipped, ...(each.problem === undefined ? [] : [{ ...each.problem, count: 0 }])]
    for (const { code, count, reason } of problems)
      counts.set(code, { count: (counts.get(code)?.count ?? 0) + count, reason })
  }
  return [...counts]
    .map(([code, { count, reason }]) => {
      const what = `${printable(code)}${count > 0 ? ` (${count})` : ''}:`
      return `${paint(style, 'yellow', what)} ${printable(reason)}\n`
    })
    .join('')
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
