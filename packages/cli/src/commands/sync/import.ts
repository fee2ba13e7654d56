import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import type { SyncImportReport } from '@intelmesh/node'
import { type Command, defineCommand } from '../../command.ts'
import { connect } from '../../connect.ts'
import { EXIT } from '../../exit-codes.ts'
import { ASKING_OPTIONS } from '../../home-options.ts'
import { sizeText } from '../../output/backup.ts'
import { printable } from '../../output/printable.ts'
import { createProgress, type Progress } from '../../output/progress.ts'
import { minuteOf } from '../../output/records-table.ts'
import { paint, type Style } from '../../output/style.ts'
import { renderTable } from '../../output/table.ts'
import { UsageError } from '../../usage-error.ts'

/** `intelmesh sync import` */
export const importCommand: Command = defineCommand({
  name: 'import',
  summary: 'take in what `sync export` wrote on another node of the cluster',
  about: [
    'Everything is checked as if it came from a member: what is not signed by one stays out. What is whole of a file that is cut or damaged is taken; the same command again goes on where it stopped and takes nothing twice.',
    'Says what is missing: headers of chains, hours, certificates. Exits 4 when the file was not whole, or something in it was refused.',
  ],
  args: [{ name: 'FILE', summary: 'what `sync export` wrote' }],
  options: ASKING_OPTIONS,
  examples: [{ line: 'intelmesh sync import /media/usb/week.sync', about: 'On the node without a network:' }],
  async run({ options, args: [file = ''] }, context) {
    const found = await stat(file).catch(() => undefined)
    if (found?.isFile() !== true) throw new UsageError(`there is no file ${file}`)
    const progress = createProgress(context.terminal.err, context.now)
    await using node = await connect(options, context)
    const report = await node.api
      .syncImport(piecesOf(file, found.size, progress), context.signal)
      .finally(() => progress.clear())
    return {
      data: report,
      exit: report.isWhole && report.refused.length === 0 ? EXIT.done : EXIT.refused,
      text: (style) => renderReport(report, style),
    }
  },
})

async function* piecesOf(file: string, size: number, progress: Progress): AsyncGenerator<Uint8Array> {
  let bytes = 0
  for await (const piece of createReadStream(file) as AsyncIterable<Buffer>) {
    bytes += piece.length
    progress.show(`${sizeText(bytes)} of ${sizeText(size)}`)
    yield new Uint8Array(piece)
  }
}

function renderReport(report: SyncImportReport, style: Style): string {
  const rows = report.sets.map(({ set, carried, taken, held, here, there }) =>
    [set, carried, taken, held, here, there ?? '?'].map(String),
  )
  const titles = ['set', 'in file', 'new', 'held', 'now here', 'there'].map((title) => ({ title }))
  const made = `written ${minuteOf(report.from.made)} by node ${report.from.node.slice(0, 16)}`
  const lines = [
    `${made}${report.from.since === undefined ? '' : `, since ${minuteOf(report.from.since)}`}`,
    ...gapLines(report).map((line) => paint(style, 'yellow', printable(line))),
  ]
  return `${renderTable(titles, rows, style)}${lines.join('\n')}\n`
}

/** What is missing, most of it first. */
function gapLines(report: SyncImportReport): readonly string[] {
  const { broke, frames, refused, missingCertificates, chainGaps, hourGaps } = report
  return [
    ...(broke === undefined ? [] : [`the file breaks off at frame ${broke.at}: ${broke.code}`]),
    ...(frames.damaged === 0 ? [] : [`damaged frames: ${frames.damaged}; import another copy of the file`]),
    ...refused.map(({ code, count, reason }) => `refused with ${code}: ${count} (${reason})`),
    ...some(missingCertificates, 'missing certificates', (id) => id.slice(0, 16)),
    ...some(
      chainGaps,
      'chains that lack headers',
      ({ chain, missing }) => `${chain.slice(0, 8)} lacks ${missing}`,
    ),
    ...some(
      hourGaps,
      'hours that lack records',
      ({ set, hour, here, there }) => `${set} ${minuteOf(hour)}: ${here} of ${there}`,
    ),
  ]
}

const SHOWN = 5

function some<T>(all: readonly T[], what: string, textOf: (each: T) => string): readonly string[] {
  if (all.length === 0) return []
  const more = all.length > SHOWN ? `, and ${all.length - SHOWN} more: --json lists them` : ''
  return [`${what}: ${all.length} (${all.slice(0, SHOWN).map(textOf).join(', ')}${more})`]
}
