import { formatNumber, type Result, targetOf, titleOf } from '../result.ts'
import type { Machine } from '../results-file.ts'
import { growthPlot } from './growth-plot.ts'
import { ratioPlot } from './ratio-plot.ts'
import type { Reasons } from './reasons.ts'

/** What the page is made of. */
export interface Findings {
  readonly results: readonly Result[]
  readonly machine: Machine
  readonly reasons: Reasons
}

/** `benchmarks.md` and its plots: texts by their paths below the folder of pages. */
export function benchmarksPage(findings: Findings): Readonly<Record<string, string>> {
  const { results, machine } = findings
  const grown = results.filter(({ id }) => id === 'P15')
  const page = [
    '# Benchmarks',
    '',
    INTRODUCTION,
    '',
    `Last measured on ${machine.measuredAt.slice(0, 10)}; rows that were not measured then keep what they had: ${machine.processor}, ${machine.cores} cores, ${machine.memoryGiB} GiB, Node ${machine.node}.`,
    '',
    ...tableOf(results),
    '',
    READING,
    '',
    '![How far each row is beyond its target, or short of it](benchmarks/ratios.svg)',
    ...(grown.length === 0
      ? []
      : ['', '![How figures change with the size of the store](benchmarks/growth.svg)']),
    ...remarksOn(findings),
    '',
  ].join('\n')
  return {
    'benchmarks.md': page,
    'benchmarks/ratios.svg': ratioPlot(results),
    ...(grown.length > 0 && { 'benchmarks/growth.svg': growthPlot(grown) }),
  }
}

const INTRODUCTION = `<!-- Written by \`pnpm bench --docs\` from bench/results.json, bench/machine.json and bench/reasons.md. -->

\`pnpm bench\` measures what a node really does beside a yardstick in the same run: absolute figures differ from machine to
machine and from hour to hour, ratios hardly do. Records are the real STIX of the project's data, varied by a seed so that no
object comes twice, and signed by members of a cluster. "Everything on" is what a node does with bytes from a stranger: strict
scan, root signature, leaf hashes, canonical JSON, admission profile, patterns and observables, policy, all indexes, tree, and
\`sync:true\`.`

const READING = `Each row is the run with the median ratio; *spread* is the distance from the least ratio to the greatest, as a share
of the median. Rows without a target stand for comparison alone. What has one run is counted and not timed, bytes on disk for one, or is
what one process held.`

function tableOf(results: readonly Result[]): readonly string[] {
  return [
    '| | what | against | ours | yardstick | ratio | target | | n | runs | spread |',
    '|---|---|---|--:|--:|--:|--:|---|--:|--:|--:|',
    ...results.map((result) => `| ${cellsOf(result).join(' | ')} |`),
  ]
}

function cellsOf(result: Result): readonly string[] {
  const { id, against, unit, ours, yardstick, ratio, target, ok, n, runs, spread } = result
  return [
    id,
    titleOf(result),
    against,
    `${formatNumber(ours)} ${unit}`,
    yardstick === 0 ? '0' : `${formatNumber(yardstick)} ${unit}`,
    yardstick === 0 ? '' : formatNumber(ratio),
    target === null ? '' : targetOf(result),
    target === null ? '' : ok ? 'OK' : '**MISSED**',
    n.toLocaleString('en'),
    String(runs),
    `${Math.round(spread * 100)} %`,
  ]
}

/** A miss of which nobody has written why is said to be that. */
function remarksOn({ results, reasons }: Findings): readonly string[] {
  const missed = new Set(results.filter(({ ok }) => !ok).map(({ id }) => id))
  const ids = [...new Set(results.map(({ id }) => id))]
  const remarked = ids.filter((id) => missed.has(id) || reasons[id] !== undefined)
  if (remarked.length === 0) return []
  return [
    '',
    '## Remarks',
    ...remarked.flatMap((id) => [
      '',
      `### ${id}${missed.has(id) ? ', missed' : ''}`,
      '',
      reasons[id] ?? 'Not looked into yet.',
    ]),
  ]
}
