import { formatNumber, type Result } from '../result.ts'
import { line, round, svg, text } from './svg.ts'

const [LEFT, WIDTH, TOP, HEIGHT] = [70, 420, 30, 240]
const SIZES = [10_000, 100_000, 1_000_000] as const
/** A tenth to ten times of what it is at the smallest size. */
const TICKS = [0.1, 0.3, 1, 3, 10] as const

/** How figures change as the store grows, each against itself at the smallest size, on logarithmic scales. */
export function growthPlot(results: readonly Result[]): string {
  const series = Map.groupBy(results, ({ part }) => part.replace(/ ?at [\d,]+$/, ''))
  return svg(
    { width: LEFT + WIDTH + 150, height: TOP + HEIGHT + 50, title: 'Growth with the size of the store' },
    [
      text('records in the store (logarithmic)', {
        x: LEFT + WIDTH / 2,
        y: TOP + HEIGHT + 42,
        anchor: 'middle',
      }),
      text('figure, in multiples of itself at 10,000 records', { x: LEFT - 50, y: TOP - 12 }),
      ...TICKS.flatMap((tick) => [
        line([LEFT, yOf(tick)], [LEFT + WIDTH, yOf(tick)], tick === 1 ? 'axis' : 'grid'),
        text(String(tick), { x: LEFT - 8, y: yOf(tick) + 4, anchor: 'end' }),
      ]),
      ...SIZES.map((size, i) =>
        text(size.toLocaleString('en'), { x: xOf(i), y: TOP + HEIGHT + 18, anchor: 'middle' }),
      ),
      ...[...series].map(([, steps], i) => curveOf(steps, i)),
      ...labelsOf(series),
    ],
  )
}

function curveOf(steps: readonly Result[], place: number): string {
  const points = [1, ...steps.map(({ ratio }) => ratio)].map(
    (ratio, i) => `${round(xOf(i))},${round(yOf(ratio))}`,
  )
  const colour = steps.every(({ ok }) => ok) ? 'good' : 'bad'
  const dashes = DASHES[place % DASHES.length]
  return `<polyline class="${colour} line" stroke-dasharray="${dashes}" points="${points.join(' ')}"/>`
}

/** Names stand where their lines end, from above to below, and apart from each other. */
function labelsOf(series: ReadonlyMap<string, readonly Result[]>): readonly string[] {
  const ends = [...series].map(([name, steps]) => ({ name, last: steps.at(-1)?.ratio ?? 1 }))
  let free = TOP
  return ends
    .toSorted((a, b) => b.last - a.last)
    .map(({ name, last }) => {
      const y = Math.max(free, yOf(last) + 4)
      free = y + 15
      return text(`${name} (${formatNumber(last)})`, { x: xOf(2) + 8, y })
    })
}

/** Colours tell good from bad; lines are told apart by their dashes. */
const DASHES = ['none', '8 3', '2 3', '8 3 2 3', '14 4'] as const

function xOf(step: number): number {
  return LEFT + (WIDTH * step) / (SIZES.length - 1)
}

function yOf(ratio: number): number {
  const decades = Math.max(-1, Math.min(1, Math.log10(ratio)))
  return TOP + (HEIGHT * (1 - decades)) / 2
}
