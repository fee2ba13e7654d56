import type { HeldBack } from '@intelmesh/node'
import { printable } from '../output/printable.ts'
import { paint, type Style } from '../output/style.ts'
import type { ListOutcome } from './publish-list.ts'
import type { FeedOutcome } from './refresh-feed.ts'

/** More would push what matters off the screen; `--json` has more. */
const SHOWN = 50

/** What came of a list, for a person. */
export function renderOutcome(outcome: ListOutcome, style: Style): string {
  const { counts, notices, held, takenBack, refused, feed, stopped } = outcome
  const lines = [
    ...publishedLines(outcome),
    ...(counts.unchanged > 0 ? [`unchanged: ${objects(counts.unchanged)}`] : []),
    ...listed(notices, notices.length, ({ where, code, text }) => `${where}: ${text} (${code})`),
    ...(counts.overridden > 0
      ? [`let through by --allow or the settings: ${objects(counts.overridden)}`]
      : []),
    ...section(
      paint(
        style,
        'yellow',
        `held back ${objects(counts.held)}; --allow VALUE or --allow LIST lets them through`,
      ),
      listed(held, counts.held, heldLine),
    ),
    ...section(
      `taken back before, and not published again: ${objects(counts.takenBack)}; --allow taken-back publishes them`,
      listed(takenBack, counts.takenBack, ({ where, stixId }) => `  ${where}: ${stixId}`),
    ),
    ...section(
      paint(style, 'red', `refused ${objects(counts.refused)}`),
      listed(
        refused,
        counts.refused,
        ({ where, code, path, reason }) =>
          `  ${where}: ${code}${path === '' ? '' : ` at ${path}`}: ${reason}`,
      ),
    ),
    ...(feed === undefined ? [] : feedLines(feed, outcome.dryRun, style)),
    ...(stopped === undefined ? [] : [paint(style, 'yellow', stopLine(stopped, outcome.dryRun))]),
  ]
  return `${lines.join('\n')}\n`
}

/** `1 object`, `2 objects` */
export function objects(number: number): string {
  return `${number} object${number === 1 ? '' : 's'}`
}

/** Where something was held back, and by which list. */
export function heldLine({ where, value, list, listName, code, path }: Omit<HeldBack, 'stixId'>): string {
  return `  ${where}: ${code}${path === '' ? '' : ` at ${path}`}: ${value} (${list}: ${listName})`
}

function publishedLines({ counts, published, isAnnounced, dryRun }: ListOutcome): readonly string[] {
  const total = counts.new + counts.version + counts.renewal
  const waits = dryRun || isAnnounced || total === 0 ? '' : '; it is on disk and leaves when the node runs'
  const parts = [
    [counts.new, 'new'],
    [counts.version, 'newer than before'],
    [counts.renewal, 'renewed before they expire'],
  ].filter(([number]) => number !== 0)
  const made = counts.new === total ? '' : `: ${parts.map((part) => part.join(' ')).join(', ')}`
  return [
    `${dryRun ? 'would publish' : 'published'} ${objects(total)}${made}${waits}`,
    ...published.map(({ stixId, record, where }) => printable(`  ${stixId}  ${dryRun ? where : record}`)),
    ...(total > published.length ? [`  and ${total - published.length} more`] : []),
  ]
}

function section(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : [title, ...lines]
}

function listed<T>(items: readonly T[], total: number, line: (item: T) => string): readonly string[] {
  const shown = items.slice(0, SHOWN).map((item) => printable(line(item)))
  return total > SHOWN && items.length > SHOWN
    ? [...shown, `  and ${total - SHOWN} more: --json lists up to 1000`]
    : shown
}

function feedLines(feed: FeedOutcome, dryRun: boolean, style: Style): readonly string[] {
  const name = printable(feed.name)
  if (feed.kept !== undefined) {
    const what =
      feed.left > 0
        ? `${feed.left} of ${objects(feed.objects)} left the list and stay`
        : 'nothing is taken back'
    return [paint(style, 'yellow', `feed ${name}: ${what}: ${feed.kept.reason} (${feed.kept.code})`)]
  }
  if (feed.left === 0) return [`feed ${name}: nothing left the list`]
  const done = dryRun
    ? `about ${feed.left} would be taken back`
    : `${feed.retracted} left the list and were taken back`
  const refused = feed.refused.map(({ id, code, reason }) => `${id}: ${reason} (${code})`)
  return [
    `feed ${name}: of ${objects(feed.objects)}, ${done}`,
    ...listed(refused, refused.length, (line) => `  ${line}`),
  ]
}

function stopLine({ code, reason }: NonNullable<ListOutcome['stopped']>, dryRun: boolean): string {
  const next = dryRun ? '' : ': run the same command again to go on, what is done is unchanged then'
  return printable(`stopped: ${reason} (${code})${next}`)
}
