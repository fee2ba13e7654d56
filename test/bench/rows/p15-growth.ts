import type { Run } from '../measure.ts'
import type { Bench, Pair, Row } from '../row.ts'
import { runBench } from '../run-bench.ts'

/** A figure that is followed as the store grows. */
interface Growing {
  /** Of the row whose figure it is. */
  readonly id: string
  /** Of the bench that gives it. */
  readonly name: string
  /** Of the row. */
  readonly part: string
  readonly what: string
  readonly unit: string
  /** Followed as a share of its yardstick: minutes apart, a machine is not the same. */
  readonly isShare?: true
  /** How it grows, and why. */
  readonly law: string
  readonly better: Row['better']
  /** What the figure at `n` divided by that at a hundredth of the largest size has to reach or not to exceed. */
  readonly target: number
}

const GROWING: readonly Growing[] = [
  {
    id: 'P3',
    name: 'P13',
    part: 'loading',
    what: 'bulk ingest of indicators',
    unit: 'verifies',
    isShare: true,
    law: 'flat but for compaction, one more level for each ten times as many',
    better: 'higher',
    target: 0.7,
  },
  {
    id: 'P5',
    name: 'P5',
    part: '',
    what: 'bytes of a reconciliation',
    unit: 'bytes',
    law: 'flat: the difference alone counts',
    better: 'lower',
    target: 1.1,
  },
  {
    id: 'P10',
    name: 'P10',
    part: 'known',
    what: 'look-up of a known value',
    unit: 'look-ups/s',
    law: 'logarithmic, as LevelDB itself: tables that no cache holds any more',
    better: 'higher',
    target: 0.3,
  },
  {
    id: 'P10',
    name: 'P10',
    part: 'unknown',
    what: 'look-up of an unknown value',
    unit: 'look-ups/s',
    law: 'flat but for the caches of the processor',
    better: 'higher',
    target: 0.3,
  },
  {
    id: 'P13',
    name: 'P13',
    part: 'merged',
    what: 'disk per indicator, merged',
    unit: 'bytes',
    law: 'flat',
    better: 'lower',
    target: 1.1,
  },
]

const SMALLEST = 10_000
const STEPS = [10, 100] as const

function rowsOf({ id, part, what, law, unit, better, target }: Growing): readonly Row[] {
  return STEPS.map((times) => ({
    id: 'P15',
    part: partOf(id, part, times),
    what: `growth of ${what} (${law})`,
    yardstick: `itself at ${SMALLEST.toLocaleString('en')}`,
    unit,
    target,
    better,
  }))
}

function partOf(id: string, part: string, times: number): string {
  return [id, part, `at ${(SMALLEST * times).toLocaleString('en')}`].filter((word) => word !== '').join(' ')
}

/** One bench for each bench that is followed: each measures the other at three sizes, in processes of its own. */
export const p15: readonly Bench[] = [...new Set(GROWING.map(({ name }) => name))].map((name): Bench => {
  const growing = GROWING.filter((each) => each.name === name)
  return {
    name: `P15-${name}`,
    rows: growing.flatMap(rowsOf),
    sizes: { default: SMALLEST * 100, quick: 300 },
    runs: 1,
    fullRuns: 5,
    budgetMinutes: 30,
    async open({ seed, size, progress, signal }) {
      const smallest = Math.ceil(size / 100)
      const measure = async (times: number): Promise<Run> => {
        signal.throwIfAborted()
        const parts = growing.map(({ part }) => part)
        const task = { name, seed, size: smallest * times, parts, runs: 1, budgetMs: BUDGET_MS }
        const { runs, fault } = await runBench(task, (text) => progress(`${smallest * times}: ${text}`))
        if (runs[0] === undefined) throw new Error(`${name} at ${smallest * times}: ${fault ?? 'no figures'}`)
        return runs[0]
      }
      return {
        async run() {
          const first = await measure(1)
          const pairs = new Map<string, Pair>()
          for (const times of STEPS) {
            const grown = await measure(times)
            for (const each of growing)
              pairs.set(partOf(each.id, each.part, times), {
                ours: figureOf(each, grown),
                yardstick: figureOf(each, first),
              })
          }
          return Object.fromEntries(pairs)
        },
        async [Symbol.asyncDispose]() {},
      }
    },
  }
})

function figureOf({ part, isShare }: Growing, run: Run): number {
  const { ours = Number.NaN, yardstick = Number.NaN } = run[part] ?? {}
  return isShare === true ? ours / yardstick : ours
}

const BUDGET_MS = 20 * 60_000
