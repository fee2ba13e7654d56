import { type Command, defineCommand } from '../../command.ts'
import { ASKING_OPTIONS } from '../../home-options.ts'
import { labelCell, minuteOf } from '../../output/records-table.ts'
import { renderList } from '../../output/table.ts'
import { connectAco } from './connect-aco.ts'

/** Standings in which a node may not come in. */
const OUT: ReadonlySet<string> = new Set(['revoked', 'suspended', 'expired', 'lapsed'])

/** `intelmesh aco list` */
export const listCommand: Command = defineCommand({
  name: 'list',
  summary: 'list the register: every node of every organisation and how it stands',
  args: [],
  options: ASKING_OPTIONS,
  examples: [{ line: 'intelmesh aco list', about: 'All members:' }],
  async run({ options }, context) {
    await using connection = await connectAco(options, context)
    const members = await connection.aco.list()
    return {
      data: members,
      text: (style) =>
        renderList(
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
            OUT.has(member.standing) ? { text: member.standing, colour: 'red' } : member.standing,
            minuteOf(member.expires),
            member.node,
          ]),
          'the register is empty',
          style,
        ),
    }
  },
})
