import { MeshError } from '@intelmesh/protocol'
import { type Command, defineCommand } from '../command.ts'
import { connect } from '../connect.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { ASKING_OPTIONS } from '../home-options.ts'
import { createProgress } from '../output/progress.ts'
import { printable } from '../output/printable.ts'
import {
  countRetractable,
  retractAll,
  type RetractOutcome,
  type RetractTarget,
} from '../publish/retract-all.ts'
import { UsageError } from '../usage-error.ts'

/** What a person may say; the node itself takes back what was superseded. */
const REASONS = ['false-positive', 'error', 'leak'] as const

/** `intelmesh retract` */
export const retractCommand: Command = defineCommand({
  name: 'retract',
  summary: 'take records of the own organisation back',
  about: [
    'Retracted records leave look-ups and exports at every member within seconds, and a leak is erased there. Any node of the organisation may take back what another one of it published. What a person took back does not come back with the next run of a feed.',
    'Name records by id, by value, or by feed. For more than ten records, and for a feed, the command asks first; without a terminal it wants --yes.',
    'Exits 3 when none of it is known here, and 4 when something was refused or nobody agreed.',
  ],
  args: [
    {
      name: 'ID',
      summary: 'a record id, or a STIX id, which takes all own versions of the object back',
      isOptional: true,
      repeats: true,
    },
  ],
  options: {
    value: {
      kind: 'text',
      value: 'V',
      summary: 'take back every own record that is about this value alone; may be given several times',
      repeats: true,
    },
    feed: { kind: 'text', value: 'NAME', summary: 'take back everything in this feed' },
    reason: {
      kind: 'choice',
      choices: REASONS,
      value: 'R',
      summary: 'why, said to everybody who holds it',
      required: `say why: ${REASONS.join(', ')}`,
    },
    yes: { kind: 'flag', summary: 'do not ask, however many records it is' },
    'dry-run': { kind: 'flag', summary: 'count what would be taken back, and take nothing back' },
    ...ASKING_OPTIONS,
  },
  examples: [
    {
      line: 'intelmesh retract --value google.com --reason false-positive',
      about: 'A value that should never have been published:',
    },
    {
      line: 'intelmesh retract indicator--6a1b7a5c-0f5e-4a39-8a5d-0d4c3a0a6b11 --reason error',
      about: 'An indicator that was wrong:',
    },
    { line: 'intelmesh retract --feed hourly --reason error --dry-run', about: 'How much is in a feed?' },
  ],
  async run({ options, args }, context) {
    const { reason, yes, 'dry-run': dryRun } = options
    const target = targetOf(args, options)
    await using node = await connect(options, context)
    const found = await countRetractable(node.api, target, reason)
    if (dryRun) return outcomeOf(found, true)
    const isMuch = target.feed !== undefined || found.left > UNASKED
    if (isMuch && found.left > 0 && !yes) {
      const { terminal } = context
      const question = `${records(found.left)} would be taken back at every member. Go on? [y/N] `
      if (!terminal.isInteractive || !(await terminal.confirm(question)))
        throw new MeshError(
          'RETRACTION_UNCONFIRMED',
          `${records(found.left)} would be taken back, and nothing was`,
        )
    }
    const progress = createProgress(context.terminal.err, context.now)
    const { signal } = context
    return outcomeOf(
      await retractAll(node.api, { target, reason, total: found.left }, { signal, progress }),
      false,
    )
  },
})

/** As many as a person names by hand. */
const UNASKED = 10
/** More would push what matters off the screen; `--json` has more. */
const SHOWN = 20

/** @throws UsageError unless there is exactly one way of naming */
function targetOf(
  ids: readonly string[],
  { value, feed }: { readonly value: readonly string[]; readonly feed: string | undefined },
): RetractTarget {
  const ways: readonly RetractTarget[] = [
    ...(ids.length > 0 ? [{ ids }] : []),
    ...(value.length > 0 ? [{ values: value }] : []),
    ...(feed === undefined ? [] : [{ feed: { name: feed } }]),
  ]
  const [only, other] = ways
  if (only === undefined || other !== undefined)
    throw new UsageError('say what to take back in one way: by ID, by --value V, or by --feed NAME')
  return only
}

function outcomeOf(outcome: RetractOutcome, dryRun: boolean) {
  return { data: { ...outcome, dryRun }, exit: exitOf(outcome, dryRun), text: () => render(outcome, dryRun) }
}

function exitOf({ counts, refused, left }: RetractOutcome, dryRun: boolean): ExitCode {
  const isNothing = counts.retracted === 0 && (!dryRun || left === 0)
  if (isNothing && refused.every(({ code }) => code === 'RECORD_NOT_FOUND')) return EXIT.notFound
  if (counts.refused > 0) return EXIT.refused
  return left > 0 && !dryRun ? EXIT.failed : EXIT.done
}

function render({ counts, retracted, refused, left }: RetractOutcome, dryRun: boolean): string {
  const title = dryRun ? `would take back ${records(left)}` : `took back ${records(counts.retracted)}`
  const lines = [
    title,
    ...retracted.slice(0, SHOWN).map(({ record, stixId }) => `  ${record}  ${stixId}`),
    ...(counts.retracted > SHOWN ? [`  and ${counts.retracted - SHOWN} more`] : []),
    ...(left > 0 && !dryRun ? [`left: ${records(left)}; run the same command again to go on`] : []),
    ...(counts.refused > 0 ? [`refused: ${counts.refused}`] : []),
    ...refused.slice(0, SHOWN).map(({ id, code, reason }) => `  ${id}: ${reason} (${code})`),
    ...(counts.refused > SHOWN ? [`  and ${counts.refused - SHOWN} more`] : []),
  ]
  return lines.map((line) => `${printable(line)}\n`).join('')
}

function records(count: number): string {
  return `${count} record${count === 1 ? '' : 's'}`
}
