import type { Gate, GateFinding } from '@intelmesh/gate'
import type { StixObject } from '@intelmesh/stix'
import type { CommandContext } from '../../context.ts'
import type { Progress } from '../../output/progress.ts'
import type { ByteSource } from '../../publish/open-input.ts'
import {
  type PublishItem,
  type ReadOptions,
  type ReadRefusal,
  streamItems,
} from '../../publish/read-items.ts'

/** What files are looked at with. */
export interface CheckRequest {
  readonly gate: Gate
  /** Values and lists that pass. */
  readonly allow: readonly string[]
  readonly reading: ReadOptions
  readonly progress: Progress
}

/** What the gate finds in files. */
export interface CheckResult {
  /** Objects, by what would come of them. */
  readonly checked: number
  readonly held: number
  readonly overridden: number
  /** Lines and objects that could not be read. */
  readonly unread: number
  /** Why objects would be held back; the first thousand. */
  readonly findings: readonly (GateFinding & { readonly where: string })[]
  /** The first thousand. */
  readonly refused: readonly ReadRefusal[]
  /** False when the end was not reached. */
  readonly isWhole: boolean
}

/** Looks at all that would be published, while it is read. */
export async function checkSources(
  sources: readonly ByteSource[],
  { gate, allow, reading, progress }: CheckRequest,
  context: CommandContext,
): Promise<CheckResult> {
  const { isAllowed } = await import('@intelmesh/gate')
  const findings: (GateFinding & { readonly where: string })[] = []
  const refused: ReadRefusal[] = []
  const counts = { checked: 0, held: 0, overridden: 0, unread: 0 }

  function check({ text, where }: PublishItem): void {
    const found = gate.checkObject(JSON.parse(text) as StixObject)
    const holding = found.filter((finding) => !isAllowed(finding, allow))
    counts.checked += 1
    if (holding.length > 0) counts.held += 1
    else if (found.length > 0) counts.overridden += 1
    keep(
      findings,
      holding.map((finding) => ({ where, ...finding })),
    )
  }

  for (const source of sources) {
    for await (const item of streamItems(source, reading, context)) {
      if ('text' in item) check(item)
      else keep(refused, [item])
      counts.unread += 'text' in item ? 0 : 1
      progress.show(`${counts.checked} checked, ${counts.held} would be held back`)
    }
  }
  return { ...counts, findings, refused, isWhole: !context.signal.aborted }
}

const KEPT = 1000

function keep<T>(kept: T[], more: readonly T[]): void {
  kept.push(...more.slice(0, KEPT - kept.length))
}
