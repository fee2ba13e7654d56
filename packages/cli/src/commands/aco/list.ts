import { type Command, defineCommand } from '../../command.ts'
import { HOME_OPTION, JSON_OPTION, PASSPHRASE_OPTION } from '../../home-options.ts'
import { labelCell, minuteOf } from '../../output/records-table.ts'
import { renderTable } from '../../output/table.ts'
import { connectAco } from './connect-aco.ts'

/** `intelmesh aco list` */
export const listCommand: Command = defineCommand({
  name: 'list',
  summary: 'list the register: every node of every organisation and how it stands',
  args: [],
  options: { 'passphrase-file': PASSPHRASE_OPTION, json: JSON_OPTION, home: HOME_OPTION },
  examples: [{ line: 'intelmesh aco list', about: 'All members:' }],
  async run({ options }, context) {
    await using connection = await connectAco(options, context)
    const members = await connection.aco.list()
    return {
      data: members,
      text: (style) =>
        renderTable(
          [
            { title: 'organisation', least: 12 },
            { title: 'id' },
            { title: 'kind' },
            { title: 'roles', least: 8 },
            { title: 'clearance' },
            { title: 'standing' },
            { title: 'expires' },
            { title: 'node', least: 16 },
          ],
          members.map((member) => [
            member.organisation.name,
            member.organisation.id,
            member.kind,
            member.roles.join(','),
            labelCell(member.clearance),
            member.standing === 'good' ? member.standing : { text: member.standing, colour: 'red' },
            minuteOf(member.expires),
            member.node,
          ]),
          style,
        ),
    }
  },
})
