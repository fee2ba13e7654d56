import { formatNumber, type Result } from '../result.ts'
import { line, round, svg, text } from './svg.ts'

const ROW_HEIGHT = 22
const [LEFT, WIDTH, TOP] = [240, 420, 40]
/** The scale runs from a hundredth of what was aimed at to a hundred times as much. */
const DECADES = 2

/** For each row how many times better than its target it is, on a logarithmic scale: beyond 1 it was reached. */
export function ratioPlot(results: readonly Result[]): string {
  const rows = results.filter(({ target }) => target !== null)
  const height = TOP + rows.length * ROW_HEIGHT + 44
  const bottom = height - 40
  const ticks = [0.01, 0.1, 1, 10, 100]
  return svg({ width: LEFT + WIDTH + 60, height, title: 'Each row against its target' }, [
    text('times better than the target (logarithmic)', {
      x: LEFT + WIDTH / 2,
      y: height - 8,
      anchor: 'middle',
    }),
    ...ticks.flatMap((tick) => [
      line([xOf(tick), TOP - 8], [xOf(tick), bottom], tick === 1 ? 'axis' : 'grid'),
      text(String(tick), { x: xOf(tick), y: bottom + 16, anchor: 'middle' }),
    ]),
    text('target', { x: xOf(1), y: TOP - 14, anchor: 'middle' }),
    ...rows.flatMap((row, i) => barOf(row, TOP + i * ROW_HEIGHT)),
  ])
}

function barOf(result: Result, y: number): readonly string[] {
  const { id, part, ok } = result
  const times = marginOf(result)
  const [from, to] = [xOf(1), xOf(times)].toSorted((a, b) => a - b) as [number, number]
  const label = part === '' ? id : `${id} ${part}`
  return [
    text(label.length > 28 ? `${label.slice(0, 27)}…` : label, { x: LEFT - 10, y: y + 13, anchor: 'end' }),
    `<rect class="${ok ? 'good' : 'bad'}" x="${round(from)}" y="${y + 3}" width="${round(Math.max(1, to - from))}" height="12"/>`,
    text(formatNumber(times), { x: to + 6, y: y + 13 }),
  ]
}

/** How many times better a row is than it has to be. */
function marginOf({ ratio, target, better }: Result): number {
  if (target === null) return Number.NaN
  if (better === 'higher') return ratio / target
  return ratio === 0 ? Infinity : target / ratio
}

function xOf(times: number): number {
  const decades = Math.max(-DECADES, Math.min(DECADES, Math.log10(times)))
  return LEFT + (WIDTH * (decades + DECADES)) / (2 * DECADES)
}
