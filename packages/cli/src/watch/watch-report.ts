import type { CommandContext } from '../context.ts'
import { printable } from '../output/printable.ts'
import type { Progress } from '../output/progress.ts'
import { heldLine } from '../publish/render-outcome.ts'
import type { Outcome, Summary } from '../publish/tally.ts'
import type { FileReport } from './watch-folder.ts'

/** Says what comes of the files of a folder, and adds it up. */
export interface WatchReport {
  readonly file: (name: string, what: FileReport) => void
  /** Prints the summary. @returns whether nothing was refused, held back or skipped */
  end(): boolean
}

/** A line a file on standard output; what was refused of it goes to standard error, and into the JSON. */
export function createWatchReport(
  { wantsJson, progress }: { readonly wantsJson: boolean; readonly progress: Progress },
  { terminal: { out, err }, now }: Pick<CommandContext, 'terminal' | 'now'>,
): WatchReport {
  let [files, skipped] = [0, 0]
  const totals: Partial<Record<Outcome, number>> = {}

  function say(document: object, text: string): void {
    progress.clear()
    const at = new Date(now()).toISOString()
    out.write(
      wantsJson ? `${JSON.stringify({ at, ...document })}\n` : `${at.slice(11, 19)}  ${printable(text)}\n`,
    )
  }

  return {
    file(name, what) {
      if (what.kind === 'skipped') {
        skipped += 1
        say(
          { file: name, skipped: what.skipped },
          `${name}: skipped: ${what.skipped.reason} (${what.skipped.code})`,
        )
        return
      }
      if (what.kind === 'delayed') {
        const { code, reason } = what
        say({ file: name, delayed: { code, reason } }, `${name}: waits: ${reason} (${code})`)
        return
      }
      files += 1
      const { summary } = what
      for (const [outcome, number] of Object.entries(summary.counts) as [Outcome, number][])
        totals[outcome] = (totals[outcome] ?? 0) + number
      say({ file: name, ...summary }, `${name}: ${countsText(summary.counts)}`)
      if (!wantsJson) for (const line of detailsOf(summary)) err.write(`${printable(line)}\n`)
    },
    end() {
      say({ files, skipped, counts: totals }, `${files} file${files === 1 ? '' : 's'}: ${countsText(totals)}`)
      return skipped === 0 && (totals.refused ?? 0) === 0 && (totals.held ?? 0) === 0
    },
  }
}

/** More of one file would bury the others. */
const SHOWN = 20

const WORDS: Readonly<Record<Outcome, string>> = {
  new: 'new',
  version: 'newer than before',
  renewal: 'renewed',
  unchanged: 'unchanged',
  held: 'held back',
  overridden: 'let through',
  takenBack: 'taken back before',
  refused: 'refused',
}

function countsText(counts: Partial<Record<Outcome, number>>): string {
  const parts = (Object.keys(WORDS) as Outcome[])
    .filter((outcome) => (counts[outcome] ?? 0) > 0)
    .map((outcome) => `${counts[outcome]} ${WORDS[outcome]}`)
  return parts.length === 0 ? 'nothing to publish' : parts.join(', ')
}

function detailsOf({ held, refused }: Summary): readonly string[] {
  const lines = [
    ...held.map(heldLine),
    ...refused.map(
      ({ where, code, path, reason }) => `  ${where}: ${code}${path === '' ? '' : ` at ${path}`}: ${reason}`,
    ),
  ]
  return lines.length > SHOWN ? [...lines.slice(0, SHOWN), `  and more: --json lists them`] : lines
}
