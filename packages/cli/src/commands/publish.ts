import { MeshError } from '@intelmesh/protocol'
import { type Command, defineCommand } from '../command.ts'
import { connect } from '../connect.ts'
import { EXIT, type ExitCode, exitCodeOf } from '../exit-codes.ts'
import { ASKING_OPTIONS } from '../home-options.ts'
import { present } from '../present.ts'
import { openInput } from '../publish/open-input.ts'
import { type ListOutcome, publishList } from '../publish/publish-list.ts'
import { PUBLISHING_OPTIONS, READING_OPTIONS, readingOf } from '../publish/publishing-options.ts'
import { reconnecting } from '../publish/reconnecting.ts'
import { renderOutcome } from '../publish/render-outcome.ts'

/** `intelmesh publish` */
export const publishCommand: Command = defineCommand({
  name: 'publish',
  summary: 'publish STIX objects, or plain lists of indicators',
  about: [
    'Takes STIX 2.1 bundles or objects, as JSON or NDJSON, and plain indicators, a value a line or CSV, which become STIX indicators. What was published is on disk when the command returns. Without a running node it leaves when the node runs.',
    'Publishing the same again makes no new record, so a job may publish the same list every hour, and a run that was interrupted is simply started again. Lists are read while they are published, whatever their length.',
    'With --feed the files together are the newest list of a feed: values that earlier runs published and this one does not name are taken back. More than a tenth of the feed at once is only taken back when a person agrees, or with --yes; nothing is when the list was not read to its end, names nothing, or is unreadable in more than a tenth of its lines.',
    'The label is the ceiling for the whole input: an object without one takes it, an object with a narrower one is refused. What the gate holds back is named with its list; --allow lets it through, and that is noted in the audit trail.',
    'Exits 4 when something was refused or held back, or when what left a feed stayed; the rest is published all the same. --json has the counts, and up to 1000 of what was refused or held back.',
  ],
  args: [{ name: 'FILE', summary: 'what to publish; - reads standard input', repeats: true }],
  options: {
    ...PUBLISHING_OPTIONS,
    ...READING_OPTIONS,
    feed: {
      kind: 'text',
      value: 'NAME',
      summary: 'the files are the newest list of this feed: what has left it is taken back',
    },
    yes: {
      kind: 'flag',
      summary: 'take back what left the feed without asking, even if it is more than a tenth',
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
    {
      line: 'intelmesh publish ips.txt domains.txt --tlp green --feed hourly',
      about: 'Every hour, from cron: the newest list of a feed:',
    },
    {
      line: 'intelmesh publish report.json --tlp green --allow 8.8.8.8 --allow tranco10k',
      about: 'What the gate held back, all the same:',
    },
    { line: 'zcat feed.ndjson.gz | intelmesh publish - --tlp clear --dry-run', about: 'Would it be taken?' },
  ],
  async run({ options, args }, context) {
    const { tlp, channel, expires, allow, feed } = options
    const sources = await Promise.all(args.map((name) => openInput(name, context)))
    await using node = await connect(options, context)
    const { 'dry-run': dryRun, yes: isSure } = options
    const named = present({ channel, expires, feed })
    const request = { sources, reading: readingOf(options), tlp, allow, dryRun, isSure, ...named }
    const outcome = await publishList(reconnecting(node, options, context), request, context)
    return { data: outcome, exit: exitOf(outcome), text: (style) => renderOutcome(outcome, style) }
  },
})

function exitOf({ stopped, counts, feed }: ListOutcome): ExitCode {
  if (stopped !== undefined) return exitCodeOf(new MeshError(stopped.code, stopped.reason))
  // What a person took back stays in many a list: a job that publishes it every hour is not to fail for it.
  const isClean = counts.refused + counts.held + (feed === undefined ? counts.takenBack : 0) === 0
  return isClean && feed?.kept === undefined && (feed?.refused.length ?? 0) === 0 ? EXIT.done : EXIT.refused
}
