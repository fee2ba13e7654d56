import { type Command, defineCommand } from '../../command.ts'
import { homeAccess } from '../../connect.ts'
import { EXIT } from '../../exit-codes.ts'
import { HOME_OPTION, JSON_OPTION } from '../../home-options.ts'
import { createProgress } from '../../output/progress.ts'
import { printable } from '../../output/printable.ts'
import { paint, type Style } from '../../output/style.ts'
import { openInput } from '../../publish/open-input.ts'
import { PUBLISHING_OPTIONS, READING_OPTIONS, readingOf } from '../../publish/publishing-options.ts'
import { heldLine, objects } from '../../publish/render-outcome.ts'
import { type CheckResult, checkSources } from './check-sources.ts'

/** `intelmesh gate check` */
export const checkCommand: Command = defineCommand({
  name: 'check',
  summary: 'say what of a file would be held back, and why',
  about: [
    'Reads what `publish` reads and publishes nothing. Held back is what is private, reserved, on a warning list or of the own organisation, and persons and internal hosts in text.',
    'Needs no node and no home. Where there is a home, its settings say what is of the own organisation ([gate] own_domains, own_ranges, internal_hosts) and what passes all the same ([gate] allow).',
    'Exits 4 when something would be held back or could not be read. --json has the counts, and up to 1000 findings.',
  ],
  args: [{ name: 'FILE', summary: 'what to look at; - reads standard input', repeats: true }],
  options: {
    allow: PUBLISHING_OPTIONS.allow,
    ...READING_OPTIONS,
    json: JSON_OPTION,
    home: HOME_OPTION,
  },
  examples: [
    { line: 'intelmesh gate check ips.txt report.json', about: 'Before publishing:' },
    {
      line: 'intelmesh gate check ips.txt --allow amazon-aws --allow 8.8.8.8',
      about: 'Without what is meant to be in it:',
    },
  ],
  async run({ options, args }, context) {
    const sources = await Promise.all(args.map((name) => openInput(name, context)))
    const { config } = await homeAccess(options, context)
    const { ownDomains, ownRanges, internalHosts, allow } = config.gate
    const { createGate } = await import('@intelmesh/gate')
    const gate = createGate({ domains: ownDomains, ranges: ownRanges, hosts: internalHosts })
    const progress = createProgress(context.terminal.err, context.now)
    const request = { gate, allow: [...allow, ...options.allow], reading: readingOf(options), progress }
    const result = await checkSources(sources, request, context)
    progress.clear()
    return {
      data: result,
      exit: exitOf(result),
      text: (style) => renderResult(result, style),
    }
  },
})

function exitOf({ isWhole, held, unread }: CheckResult): (typeof EXIT)[keyof typeof EXIT] {
  if (!isWhole) return EXIT.failed
  return held > 0 || unread > 0 ? EXIT.refused : EXIT.done
}

/** More would push what matters off the screen; `--json` has more. */
const SHOWN = 50

function renderResult(result: CheckResult, style: Style): string {
  const { checked, held, overridden, unread, isWhole } = result
  const verdict = `${held} of ${objects(checked)} would be held back`
  const lines = [
    ...shown(result.findings, heldLine),
    ...shown(result.refused, ({ where, code, reason }) => `  ${where}: ${code}: ${reason}`),
    paint(style, held > 0 ? 'yellow' : 'green', verdict),
    ...(overridden > 0 ? [`let through by --allow or the settings: ${objects(overridden)}`] : []),
    ...(unread > 0 ? [paint(style, 'red', `could not be read: ${unread}`)] : []),
    ...(isWhole ? [] : [paint(style, 'yellow', 'stopped before the end')]),
  ]
  return `${lines.join('\n')}\n`
}

function shown<T>(items: readonly T[], line: (item: T) => string): readonly string[] {
  const lines = items.slice(0, SHOWN).map((item) => printable(line(item)))
  return items.length > SHOWN ? [...lines, '  and more: --json lists up to 1000'] : lines
}
