/** One line of the table: one figure of ours beside one of a yardstick, both in the same unit. */
export interface Row {
  /** `P1` to `P15`, or `H1` and so on: what the table begins with. Several rows may have the same one. */
  readonly id: string
  /** Tells rows of one id apart, in one or two words: `p99`, `unknown value`. Empty where there is one row. */
  readonly part: string
  /** What is measured, in a few words. */
  readonly what: string
  /** What it is measured against, in a few words. */
  readonly yardstick: string
  /** Of both figures: `records/s`, `bytes`, `ms`. */
  readonly unit: string
  /** What ours divided by the yardstick has to reach, or, where lower is better, must not exceed; `null` where it stands for comparison alone. */
  readonly target: number | null
  readonly better: 'higher' | 'lower'
  /** A figure that is counted, and would be the same each time, or for which one process stands: only the first run gives it. */
  readonly isOnce?: boolean
}

/** What one interleaved run gave: ours and the yardstick, one right after the other, in the row's unit. */
export interface Pair {
  readonly ours: number
  readonly yardstick: number
}

/** How many records a bench is about. */
export interface Sizes {
  readonly default: number
  /** So few that a run takes a second: for the test of the harness. */
  readonly quick: number
}

/** What a bench has to work with. It has a process of its own. */
export interface Ground {
  /** What the choices of chance come from. */
  readonly seed: string
  /** One of the bench's sizes, or, where growth is measured, any other. */
  readonly size: number
  /** The parts that are asked for, where not all are: a bench may leave out the others. */
  readonly parts?: readonly string[]
  /** An empty folder, removed afterwards. */
  readonly folder: string
  /** A folder that outlives the process and that all benches share: name what is put there by seed and size. */
  readonly cache: string
  /** Aborted when the time budget is out. */
  readonly signal: AbortSignal
  /** Says how far it is, on standard error. */
  readonly progress: (text: string) => void
}

/** A bench that was set up. */
export interface BenchSession extends AsyncDisposable {
  /**
   * Measures once. Called at least five times, unless a run takes minutes; what is slow to set up stays between the runs. Ours and
   * the yardstick take turns, which of them goes first changing from run to run by `number`.
   *
   * @param number from 0
   * @returns a pair for the part of each row
   */
  run(number: number): Promise<Readonly<Record<string, Pair>>>
}

/** Rows that come of the same runs. `test/bench/rows/pNN-….ts` exports one, and `test/bench/benches.ts` lists it. */
export interface Bench {
  /** The id of its rows; where several benches have rows of one id, something that tells them apart. */
  readonly name: string
  readonly rows: readonly Row[]
  readonly sizes: Sizes
  /** How often it is measured, 5 unless given; less only where one run takes minutes. */
  readonly runs?: number
  /** How often with `--full`, as often as without unless given. */
  readonly fullRuns?: number
  /** Time for setting up and all runs; 5 unless given. When it is out, the medians of the runs so far stand, and the bench has failed. */
  readonly budgetMinutes?: number
  open(ground: Ground): Promise<BenchSession>
}
