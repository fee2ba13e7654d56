import { type Command, defineCommand } from '../../command.ts'
import { homeOf } from '../../connect.ts'
import { HOME_OPTION, JSON_OPTION } from '../../home-options.ts'
import { shellWord } from '../../output/membership.ts'
import { printable } from '../../output/printable.ts'

/** `intelmesh aco resume` */
export const resumeCommand: Command = defineCommand({
  name: 'resume',
  summary: 'let an ACO that was restored from a backup sign again',
  about: [
    'The node has to have run as a member before, until it was in sync: so that it heard how far the ACO had come. It must be stopped now.',
    'Refused when the ACO certified, suspended or revoked anybody after the backup.',
  ],
  args: [],
  options: {
    latest: {
      kind: 'flag',
      summary: 'the node was stopped for this backup and has not run since: there is nothing to hear',
    },
    json: JSON_OPTION,
    home: HOME_OPTION,
  },
  examples: [{ line: 'intelmesh aco resume --home /var/lib/intelmesh', about: 'After a sync with members:' }],
  async run({ options }, context) {
    const { resumeAco } = await context.loadNode()
    const resumed = await resumeAco(homeOf(options, context), { isLatest: options.latest })
    return {
      data: resumed,
      text: () =>
        `this ACO signs again, from beacon ${resumed.beacon + 1} on. Run it with:\n  intelmesh aco serve --home ${printable(shellWord(resumed.home))}\n`,
    }
  },
})
