import { stat } from 'node:fs/promises'
import { type Command, defineCommand } from '../command.ts'
import { connect } from '../connect.ts'
import { EXIT } from '../exit-codes.ts'
import { ASKING_OPTIONS } from '../home-options.ts'
import { createProgress } from '../output/progress.ts'
import { present } from '../present.ts'
import type { ByteSource } from '../publish/open-input.ts'
import { publishSource } from '../publish/publish-source.ts'
import { PUBLISHING_OPTIONS, READING_OPTIONS, readingOf } from '../publish/publishing-options.ts'
import { createTally, type Summary } from '../publish/tally.ts'
import { UsageError } from '../usage-error.ts'
import { folderHints } from '../watch/folder-hints.ts'
import { filesOpenForWriting } from '../watch/open-files.ts'
import { createWatchReport } from '../watch/watch-report.ts'
import { watchFolder } from '../watch/watch-folder.ts'
import { openWatchState } from '../watch/watch-state.ts'

const DEFAULT_SETTLE_SECONDS = 2

/** `intelmesh watch` */
export const watchCommand: Command = defineCommand({
  name: 'watch',
  summary: 'publish files as they appear in a folder',
  about: [
    'Publishes each file once, and again when it has changed; what is in it already makes no new record. A file is read when it has not changed for the settle time, no process has it open for writing (as far as this system tells), and its last line is complete, or it has been quiet ten times as long. Hidden files, and names that end in .tmp, .part or ~, are left alone; sub-folders are not entered and links are not followed.',
    'What was published is remembered in .intelmesh-watch.json in the folder itself, so a restart publishes nothing twice. Nothing is ever taken back: a file that vanishes changes nothing. Let `publish --feed` and `watch` use feeds of different names.',
    'Prints a line a file, with --json one JSON document a line, and a summary at the end. What was refused or held back of a file goes to standard error. Ends with Ctrl-C, or with --once when all files are dealt with; then it exits 4 when something was refused, held back or skipped.',
  ],
  args: [{ name: 'FOLDER', summary: 'the folder to watch' }],
  options: {
    ...PUBLISHING_OPTIONS,
    feed: {
      kind: 'text',
      value: 'NAME',
      summary: 'the feed that the files go into',
      required: 'give what is published there a name: --feed NAME',
    },
    once: { kind: 'flag', summary: 'publish what is there, and end' },
    settle: {
      kind: 'whole',
      value: 'SECONDS',
      summary: `for so long a file must not have changed (default ${DEFAULT_SETTLE_SECONDS})`,
    },
    ...READING_OPTIONS,
    ...ASKING_OPTIONS,
    json: { ...ASKING_OPTIONS.json, summary: 'print one JSON document a line' },
  },
  examples: [
    {
      line: 'intelmesh watch /srv/drop --tlp green --feed drop',
      about: 'As a service, what a sensor drops:',
    },
    {
      line: 'intelmesh watch /srv/drop --tlp green --feed drop --once --json',
      about: 'From cron, for a program:',
    },
  ],
  async run({ options, args: [folder = ''] }, context) {
    const { tlp, channel, expires, allow, feed, once, settle = DEFAULT_SETTLE_SECONDS } = options
    const reading = readingOf(options)
    const found = await stat(folder).catch(() => undefined)
    if (found?.isDirectory() !== true) throw new UsageError(`there is no folder ${folder}`)
    const state = await openWatchState(folder, feed)
    const progress = createProgress(context.terminal.err, context.now)
    const report = createWatchReport({ wantsJson: options.json, progress }, context)

    // Connected anew for each file: meanwhile the node may have started, ended, or moved to another port.
    async function publish(source: ByteSource): Promise<Summary> {
      await using node = await connect(options, context)
      const tally = createTally()
      const round = { name: feed, round: crypto.randomUUID() }
      const terms = { tlp, allow, feed: round, ...present({ channel, expires }) }
      await publishSource(source, { api: node.api, terms, reading, tally, progress }, context)
      return tally.summary()
    }

    using hints = folderHints(folder)
    await watchFolder(
      { folder, settleMs: settle * 1_000, once, publish, report: report.file },
      { state, hints, openFiles: filesOpenForWriting },
      context,
    )
    const isClean = report.end()
    return { exit: isClean || !once ? EXIT.done : EXIT.refused }
  },
})
