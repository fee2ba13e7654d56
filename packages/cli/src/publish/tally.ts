import type { HeldBack, PublishResult } from '@intelmesh/node'
import type { ReadRefusal } from './read-items.ts'

/** What came of publishing, in numbers, and some of it by name: lists are long, and memory is not. */
export interface Summary {
  /** Objects, by what came of them. */
  readonly counts: Readonly<Record<Outcome, number>>
  /** The first five. */
  readonly published: PublishResult['published']
  /** Of these the first thousand each; `counts` has all. */
  readonly held: readonly HeldBack[]
  readonly overridden: readonly HeldBack[]
  /** Refused since a person has taken them back. */
  readonly takenBack: PublishResult['refused']
  readonly refused: readonly (PublishResult['refused'][number] | ReadRefusal)[]
  readonly notices: PublishResult['notices']
  readonly isAnnounced: boolean
}

export type Outcome =
  | 'new'
  | 'version'
  | 'renewal'
  | 'unchanged'
  | 'held'
  | 'overridden'
  | 'takenBack'
  | 'refused'

/** Adds up what comes of one list, piece by piece. */
export interface Tally {
  add(result: PublishResult): void
  refuse(refusal: ReadRefusal): void
  /** Objects that the node has answered for. */
  readonly offered: number
  /** Lines and objects that could not be read. */
  readonly unread: number
  /** False once a file could not be read to its end. */
  readonly isWhole: boolean
  summary(): Summary
}

const KEPT_PUBLISHED = 5
const KEPT = 1_000

export function createTally(): Tally {
  const counts: Record<Outcome, number> = {
    new: 0,
    version: 0,
    renewal: 0,
    unchanged: 0,
    held: 0,
    overridden: 0,
    takenBack: 0,
    refused: 0,
  }
  const published: PublishResult['published'][number][] = []
  const held: HeldBack[] = []
  const overridden: HeldBack[] = []
  const takenBack: PublishResult['refused'][number][] = []
  const refused: Summary['refused'][number][] = []
  const notices: PublishResult['notices'][number][] = []
  let [offered, unread, isWhole, isAnnounced] = [0, 0, true, true]
  return {
    add(result) {
      for (const { as } of result.published) counts[as] += 1
      counts.unchanged += result.unchanged.length
      counts.held += objectsIn(result.held)
      counts.overridden += objectsIn(result.overridden)
      const gone = result.refused.filter(({ code }) => code === 'OBJECT_TAKEN_BACK')
      const others = result.refused.filter(({ code }) => code !== 'OBJECT_TAKEN_BACK')
      counts.takenBack += gone.length
      counts.refused += others.length
      keep(published, result.published, KEPT_PUBLISHED)
      keep(held, result.held, KEPT)
      keep(overridden, result.overridden, KEPT)
      keep(takenBack, gone, KEPT)
      keep(refused, others, KEPT)
      keep(notices, result.notices, KEPT)
      offered +=
        result.published.length + result.unchanged.length + objectsIn(result.held) + result.refused.length
      isAnnounced &&= result.isAnnounced
    },
    refuse(refusal) {
      unread += 1
      counts.refused += 1
      keep(refused, [refusal], KEPT)
      if (refusal.isLast === true) isWhole = false
    },
    get offered() {
      return offered
    },
    get unread() {
      return unread
    },
    get isWhole() {
      return isWhole
    },
    summary: () => ({
      counts: { ...counts },
      published,
      held,
      overridden,
      takenBack,
      refused,
      notices,
      isAnnounced: isAnnounced && offered > 0,
    }),
  }
}

function keep<T>(kept: T[], found: readonly T[], most: number): void {
  kept.push(...found.slice(0, Math.max(0, most - kept.length)))
}

/** Several findings may be about one object. */
function objectsIn(findings: readonly HeldBack[]): number {
  return new Set(findings.map(({ where, stixId }) => `${stixId} ${where}`)).size
}
