/** Something that must never be, and was. Codes are stable. */
export interface Violation {
  readonly code: string
  readonly detail: string
}

/** What is counted or measured, by name; times end in `Ms`, and those in the middle of many in `MedianMs`; what is the most of something begins with `most`. */
export type Figures = Readonly<Record<string, number>>

/** What one round came to. */
export interface Round {
  readonly violations: readonly Violation[]
  readonly figures: Figures
}

/** The nodes of a soak, while it goes on. Disposing stops every process. */
export interface SoakSession extends AsyncDisposable {
  /** @param number from 1 */
  round(number: number): Promise<Round>
  /** Stops the nodes and looks at what they leave behind. No round may follow. */
  finish(): Promise<readonly Violation[]>
}

/** What a soak has to work with. */
export interface SoakGround {
  /** An empty folder for homes and logs. */
  readonly folder: string
  readonly seed: string
  /** Records that nodes hold before it begins. @default 0 */
  readonly records?: number
}

/** One way to strain nodes for long. */
export interface Soak {
  readonly name: string
  /** Rounds, unless told otherwise. @default 100 */
  readonly times?: number
  /** Records that nodes hold before it begins, unless told otherwise. @default 0 */
  readonly records?: number
  open(ground: SoakGround): Promise<SoakSession>
}

/** What a soak has shown so far: what stands in the result file, and what it is resumed from. */
export interface SoakResult {
  readonly name: string
  readonly seed: string
  readonly planned: number
  readonly done: number
  readonly seconds: number
  /** Of all rounds: sums, the greatest of each time and of what is the most, and the median of medians. */
  readonly figures: Figures
  readonly violations: readonly (Violation & { readonly round: number })[]
  readonly rounds: readonly Figures[]
}

/** How far to go, and from where. */
export interface SoakPlan extends SoakGround {
  readonly times: number
  /** A result that is gone on with. Its nodes are gone: the rounds to come have new ones. */
  readonly earlier?: SoakResult
  /** Ends the soak after the round that is under way. */
  readonly signal: AbortSignal
  /** Called with the state after each round. */
  readonly onRound: (result: SoakResult) => void
}

/**
 * Runs a soak round by round. A round that breaks down is a violation and ends it; any other violation is written down, and the
 * soak goes on.
 */
export async function runSoak(soak: Soak, plan: SoakPlan): Promise<SoakResult> {
  const { times, seed, earlier, signal, onRound } = plan
  const startedAt = performance.now() - (earlier?.seconds ?? 0) * 1000
  const rounds: Figures[] = [...(earlier?.rounds ?? [])]
  const violations = [...(earlier?.violations ?? [])]
  const blame = (found: readonly Violation[], round: number): void =>
    void violations.push(...found.map((violation) => ({ round, ...violation })))
  const result = (): SoakResult => ({
    name: soak.name,
    seed,
    planned: times,
    done: rounds.length,
    seconds: Math.round((performance.now() - startedAt) / 1000),
    figures: summed(rounds),
    violations: [...violations],
    rounds: [...rounds],
  })
  try {
    await using session = await soak.open(plan)
    while (rounds.length < times && !signal.aborted) {
      const number = rounds.length + 1
      const round = await session.round(number)
      blame(round.violations, number)
      rounds.push(round.figures)
      onRound(result())
    }
    blame(await session.finish(), rounds.length)
  } catch (error) {
    // Whoever ends a soak by Ctrl-C ends its nodes as well, in the midst of a round that then stands for nothing.
    if (!signal.aborted) blame([{ code: 'SOAK_BROKEN', detail: textOf(error) }], rounds.length + 1)
  }
  return result()
}

/** What went wrong first, and what went wrong when it was cleaned up. */
function textOf(error: unknown): string {
  return error instanceof SuppressedError
    ? `${textOf(error.suppressed)}; and then ${textOf(error.error)}`
    : String(error)
}

function summed(rounds: readonly Figures[]): Figures {
  const sums: Record<string, number> = {}
  for (const [name, value] of rounds.flatMap((figures) => Object.entries(figures))) {
    const before = sums[name] ?? 0
    sums[name] = name.endsWith('Ms') || name.startsWith('most') ? Math.max(before, value) : before + value
  }
  for (const name of Object.keys(sums).filter((each) => each.endsWith('MedianMs')))
    sums[name] = median(rounds.flatMap((figures) => figures[name] ?? []))
  return sums
}

/** The one in the middle; the upper of two. */
export function median(times: readonly number[]): number {
  return times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)] ?? 0
}
