import type { PublishResult } from '@intelmesh/node'
import { TLP_LABELS } from '@intelmesh/protocol'
import { type Command, defineCommand } from '../command.ts'
import { connect } from '../connect.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { ASKING_OPTIONS } from '../home-options.ts'
import { createProgress } from '../output/progress.ts'
import { printable } from '../output/printable.ts'
import { paint, type Style } from '../output/style.ts'
import { present } from '../present.ts'
import { COLUMN_ROLES, parseColumns } from '../publish/parse-columns.ts'
import { publishChunks } from '../publish/publish-chunks.ts'
import { readItems } from '../publish/read-items.ts'

const FORMATS = ['auto', 'stix', 'ndjson', 'csv', 'list'] as const

/** `intelmesh publish` */
export const publishCommand: Command = defineCommand({
  name: 'publish',
  summary: 'publish STIX objects, or plain lists of indicators',
  about: [
    'Takes STIX 2.1 bundles or objects, as JSON or NDJSON, and plain indicators, a value a line or CSV, which become STIX indicators. What was published is on disk when the command returns. Without a running node it leaves when the node runs.',
    'The label is the ceiling for the whole input: an object without one takes it, an object with a narrower one is refused.',
    'Exits 4 when something was refused; the rest is published all the same.',
  ],
  args: [{ name: 'FILE', summary: 'what to publish; - reads standard input', repeats: true }],
  options: {
    tlp: {
      kind: 'tlp',
      value: 'L',
      summary: `how far it may go: ${TLP_LABELS.join(', ')}`,
      required: `say how far it may go: --tlp ${TLP_LABELS.join(', --tlp ')}`,
    },
    channel: {
      kind: 'text',
      value: 'C',
      summary: 'a word by which members sort what they get, such as strategic',
    },
    expires: {
      kind: 'ahead',
      value: 'D',
      summary: 'how long the mesh keeps it, such as 30d (default: by type)',
    },
    format: { kind: 'choice', choices: FORMATS, value: 'F', summary: 'what the files are' },
    columns: {
      kind: 'text',
      value: 'C',
      summary: `which CSV column is what, such as value=ip,description=note; roles: ${COLUMN_ROLES.join(', ')}`,
    },
    'dry-run': { kind: 'flag', summary: 'check everything and publish nothing' },
    ...ASKING_OPTIONS,
  },
  examples: [
    { line: 'intelmesh publish report.json --tlp green', about: 'A STIX bundle, for the community:' },
    {
      line: 'intelmesh publish ips.txt urls.csv --tlp clear --expires 14d',
      about: 'Plain indicators, kept for two weeks:',
    },
    {
      line: 'intelmesh publish feed.csv --tlp green --columns value=2,description=4',
      about: 'A CSV file without header:',
    },
    { line: 'zcat feed.ndjson.gz | intelmesh publish - --tlp clear --dry-run', about: 'Would it be taken?' },
  ],
  async run({ options, args }, context) {
    const { tlp, channel, expires, format } = options
    const columns = options.columns === undefined ? undefined : parseColumns(options.columns)
    const files = []
    for (const name of args) files.push(await readItems(name, present({ format, columns }), context))
    const refusedAtReading = files.flatMap(({ refused }) => refused)
    const total = files.reduce((sum, { items }) => sum + items.length, 0)
    const progress = createProgress(context.terminal.err, context.now)
    const results: PublishResult[] = []
    const terms = { tlp, dryRun: options['dry-run'], ...present({ channel, expires }) }
    await using node = await connect(options, context)
    let done = 0
    for (const { items } of files) {
      for await (const result of publishChunks(node.api, items, terms)) {
        results.push(result)
        done += result.published.length + result.refused.length
        progress.show(`${done} of ${total}`)
        if (context.signal.aborted) break
      }
      if (context.signal.aborted) break
    }
    progress.clear()
    const summary = {
      published: results.flatMap(({ published }) => published),
      refused: [...refusedAtReading, ...results.flatMap(({ refused }) => refused)],
      notices: results.flatMap(({ notices }) => notices),
      isAnnounced: results.length > 0 && results.every(({ isAnnounced }) => isAnnounced),
      dryRun: options['dry-run'],
      /** Not offered to the node: Ctrl-C came before. */
      left: total - done,
    }
    return {
      data: summary,
      exit: exitOf(summary),
      text: (style) => renderSummary(summary, style),
    }
  },
})

interface Summary extends PublishResult {
  readonly dryRun: boolean
  readonly left: number
}

function exitOf({ left, refused }: Summary): ExitCode {
  if (left > 0) return EXIT.failed
  return refused.length > 0 ? EXIT.refused : EXIT.done
}

/** More would push what matters off the screen; `--json` has all. */
const SHOWN_IDS = 5
const SHOWN_REFUSALS = 50

function renderSummary(
  { published, refused, notices, isAnnounced, dryRun, left }: Summary,
  style: Style,
): string {
  const verb = dryRun ? 'would publish' : 'published'
  const waits =
    dryRun || isAnnounced || published.length === 0 ? '' : '; it is on disk and leaves when the node runs'
  const lines = [`${verb} ${count(published.length, 'object')}${waits}`]
  for (const { record, stixId, where } of published.slice(0, SHOWN_IDS)) {
    lines.push(printable(`  ${stixId}  ${dryRun ? where : record}`))
  }
  if (published.length > SHOWN_IDS) lines.push(`  and ${published.length - SHOWN_IDS} more`)
  for (const { where, code, text } of notices.slice(0, SHOWN_REFUSALS))
    lines.push(printable(`${where}: ${text} (${code})`))
  if (left > 0) lines.push(paint(style, 'yellow', `stopped: ${count(left, 'object')} not offered`))
  if (refused.length > 0) lines.push(paint(style, 'red', `refused ${count(refused.length, 'object')}`))
  for (const { where, code, path, reason } of refused.slice(0, SHOWN_REFUSALS)) {
    lines.push(printable(`  ${where}: ${code}${path === '' ? '' : ` at ${path}`}: ${reason}`))
  }
  if (refused.length > SHOWN_REFUSALS)
    lines.push(`  and ${refused.length - SHOWN_REFUSALS} more: --json lists all`)
  return `${lines.join('\n')}\n`
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`
}
