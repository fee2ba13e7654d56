import type { Run } from './measure.ts'
import type { Bench, Pair, Row } from './row.ts'

/** A line of the table as `bench/results.json` keeps it. */
export interface Result {
  readonly id: string
  /** Tells the rows of one id apart; empty where there is one. */
  readonly part: string
  readonly what: string
  /** What the yardstick is. */
  readonly against: string
  readonly unit: string
  /** Of the run whose ratio is the median. */
  readonly ours: number
  readonly yardstick: number
  /** `ours` divided by `yardstick`; where the yardstick is 0, `ours` itself. */
  readonly ratio: number
  /** `null` in a row that stands for comparison alone, of which nothing is missed. */
  readonly target: number | null
  readonly better: Row['better']
  readonly ok: boolean
  /** Records that it is about. */
  readonly n: number
  readonly runs: number
  /** Between the least and the greatest ratio, as a share of the median. */
  readonly spread: number
}

/** The lines of a bench that was measured. */
export function resultsOf(bench: Bench, n: number, runs: readonly Run[]): readonly Result[] {
  return bench.rows.map((row) =>
    resultOf(
      row,
      n,
      runs.slice(0, row.isOnce === true ? 1 : undefined).map((run) => run[row.part] as Pair),
    ),
  )
}

/** One line. @throws RangeError when there was no run */
export function resultOf(row: Row, n: number, pairs: readonly Pair[]): Result {
  const sorted = pairs.toSorted((a, b) => ratioOf(a) - ratioOf(b))
  const median = sorted[Math.floor((sorted.length - 1) / 2)]
  const [least, greatest] = [sorted[0], sorted.at(-1)]
  if (median === undefined || least === undefined || greatest === undefined)
    throw new RangeError('a row needs a run')
  const ratio = ratioOf(median)
  const { id, part, what, yardstick: against, unit, target, better } = row
  const holds = (wanted: number): boolean => (better === 'higher' ? ratio >= wanted : ratio <= wanted)
  return {
    id,
    part,
    what,
    against,
    unit,
    ...median,
    ratio,
    target,
    better,
    ok: target === null || holds(target),
    n,
    runs: pairs.length,
    spread: ratio === 0 ? 0 : (ratioOf(greatest) - ratioOf(least)) / ratio,
  }
}

function ratioOf({ ours, yardstick }: Pair): number {
  return yardstick === 0 ? ours : ours / yardstick
}

/** `Pn | what | ours | yardstick | ratio | target | OK` or `… | MISSED`; `-` where there is no target. */
export function formatResult(result: Result): string {
  const { id, unit, ours, yardstick, ratio, ok } = result
  return [
    id,
    titleOf(result),
    `${formatNumber(ours)} ${unit}`,
    `${formatNumber(yardstick)} ${unit}`,
    yardstick === 0 ? '-' : formatNumber(ratio),
    targetOf(result),
    ok ? 'OK' : 'MISSED',
  ].join(' | ')
}

/** The line of a bench that did not run. */
export function formatFailure({ id, part, what }: Row): string {
  return [id, titleOf({ part, what }), '-', '-', '-', '-', 'FAILED'].join(' | ')
}

/** What a row is about, its part included. */
export function titleOf({ part, what }: Pick<Row, 'part' | 'what'>): string {
  return part === '' ? what : `${what}, ${part}`
}

/** What has to be reached: `≥ 2.5`. */
export function targetOf({ target, better }: Pick<Result, 'target' | 'better'>): string {
  if (target === null) return '-'
  return `${better === 'higher' ? '≥' : '≤'} ${formatNumber(target)}`
}

/** Three digits that count, and no fewer than there are before the point. */
export function formatNumber(value: number): string {
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString('en')
  return String(Number(value.toPrecision(3)))
}
