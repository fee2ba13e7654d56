import { type Command, defineCommand } from '../../command.ts'
import { ASKING_OPTIONS } from '../../home-options.ts'
import { minuteOf } from '../../output/records-table.ts'
import { printable } from '../../output/printable.ts'
import { connectAco } from './connect-aco.ts'
import { GRANT_OPTIONS, grantFor } from './grant-options.ts'

/** `intelmesh aco invite` */
export const inviteCommand: Command = defineCommand({
  name: 'invite',
  summary: 'make a one-time invite for an organisation: one line to send',
  about: [
    'The line is a secret: whoever has it can join in the name of the organisation, once, within 72 hours.',
  ],
  args: [],
  options: {
    org: {
      kind: 'text',
      value: 'N',
      summary: 'the name of the organisation, as you vouch for it',
      required: 'say for which organisation',
    },
    ...GRANT_OPTIONS,
    confirm: { kind: 'flag', summary: 'hold the certificate until fingerprints were compared' },
    local: {
      kind: 'flag',
      summary: 'put loopback addresses into the invite, to try things out on one machine',
    },
    ...ASKING_OPTIONS,
  },
  examples: [
    { line: "intelmesh aco invite --org 'Bank A'", about: 'A member:' },
    {
      line: "intelmesh aco invite --org 'SOC Services' --kind partner --role mssp --clearance amber",
      about: 'A partner with a role:',
    },
    {
      line: "intelmesh aco invite --org 'Bank A' --organisation 5b0f… --confirm",
      about: 'A second node of a member, after a call:',
    },
  ],
  async run({ options }, context) {
    await using connection = await connectAco(options, context)
    const { confirm, local } = options
    const result = await connection.aco.invite({ ...grantFor(options.org, options), confirm, local })
    return {
      data: result,
      text: () =>
        [
          printable(result.invite),
          '',
          `Send this line to ${printable(options.org)} by a way that nobody else reads. It works once, until ${minuteOf(result.expires)}:`,
          '  intelmesh join INVITE',
          ...(confirm
            ? [`Then compare fingerprints and let it in with: intelmesh aco issue --invite ${result.id}`]
            : []),
          `The newcomer will reach this ACO at ${result.urls.map(printable).join(' ')}`,
          '',
        ].join('\n'),
    }
  },
})
