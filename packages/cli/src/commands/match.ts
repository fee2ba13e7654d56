import { codeOf } from '@intelmesh/protocol'
import { type Command, defineCommand } from '../command.ts'
import { connect } from '../connect.ts'
import { EXIT } from '../exit-codes.ts'
import { ASKING_OPTIONS, JSON_OPTION } from '../home-options.ts'
import { createMatchReport, type MatchReport } from '../match/match-report.ts'
import { openInput } from '../publish/open-input.ts'
import { patiently } from '../publish/patiently.ts'
import { UsageError } from '../usage-error.ts'

/** `intelmesh match` */
export const matchCommand: Command = defineCommand({
  name: 'match',
  summary: 'find in log files what this node knows',
  about: [
    'Reads lines of any shape (plain, JSON, CSV), also in gzip and zstd, whatever the file is called, and prints a line for each value that is known: line number, value, what it matches and how, label, who says so, confidence, and whether a list of the gate warns of it. Names also match by their parents, addresses by networks around them, URLs by what they begin with. Values may be defanged, and stand in what JSON escapes. Text is UTF-8, or UTF-16 with a byte order mark.',
    'Fetches once, as fingerprints, what the token may see, and then asks the node only about what is likely known: the lines stay here. It takes the same memory for any input, with 10 bytes for each known value; of a line, the first MiB is looked at. What arrives while it runs is not found.',
    'Exits 0 when something matched, 3 when nothing did, and 4 when an input is damaged or ends early; what was found before is printed all the same.',
  ],
  args: [{ name: 'FILE|-', summary: 'what to read; - is standard input', repeats: true }],
  options: { ...ASKING_OPTIONS, json: { ...JSON_OPTION, summary: 'print one JSON document a line' } },
  examples: [
    { line: 'intelmesh match proxy.log', about: 'A log file:' },
    { line: 'intelmesh match /var/log/dns/*.gz --json', about: 'Rotated ones, for a program:' },
    { line: 'tail -F conn.log | intelmesh match -', about: 'Lines as they are written:' },
  ],
  async run({ options, args }, context) {
    if (args.includes('-') && args.length > 1) throw new UsageError('- stands alone: name files, or give -')
    const inputs = await Promise.all(args.map((name) => openInput(name, context)))
    await using node = await connect(options, context)
    const { openMatcher } = await context.loadNode()
    const { api } = node
    const { signal } = context
    const lookup = (values: readonly string[]) => patiently(() => api.lookup(values), { signal })
    await using matcher = await openMatcher({ filter: (until) => api.filter(until), lookup }, signal)
    const report = createMatchReport(context, { asJson: options.json, namesFiles: inputs.length > 1 })
    let isRefused = false
    for (const input of inputs) {
      const lines = matcher.match(report.counting(input), signal)
      isRefused = !(await readAll(lines, input.name, report)) || isRefused
    }
    report.end(matcher.values)
    return { exit: isRefused ? EXIT.refused : report.found > 0 ? EXIT.done : EXIT.notFound }
  },
})

/** @returns false where the input is damaged, which was said */
async function readAll(
  lines: ReturnType<Awaited<ReturnType<OpenMatcher>>['match']>,
  name: string,
  report: MatchReport,
): Promise<boolean> {
  try {
    for await (const some of lines) report.take(name, some)
    return true
  } catch (error) {
    if (codeOf(error)?.startsWith('INPUT_') !== true) throw error
    report.fail(name, error as Error)
    return false
  } finally {
    report.close()
  }
}

type OpenMatcher = Awaited<ReturnType<Parameters<Command['run']>[1]['loadNode']>>['openMatcher']
