import { type Command, defineCommand } from '../../command.ts'
import { ASKING_OPTIONS } from '../../home-options.ts'
import { minuteOf } from '../../output/records-table.ts'
import { renderList } from '../../output/table.ts'
import { connectAco } from './connect-aco.ts'

/** `intelmesh aco requests` */
export const requestsCommand: Command = defineCommand({
  name: 'requests',
  summary: 'list invites and what became of them, alarms among them',
  about: [
    'An alarm says that somebody used an invite with a second key: ask the organisation which of them is theirs.',
  ],
  args: [],
  options: ASKING_OPTIONS,
  examples: [{ line: 'intelmesh aco requests', about: 'Who has joined, and who waits for you:' }],
  async run({ options }, context) {
    await using connection = await connectAco(options, context)
    const requests = await connection.aco.requests()
    return {
      data: requests,
      text: (style) =>
        renderList(
          [
            { title: 'state' },
            { title: 'organisation', least: 12 },
            { title: 'invite' },
            { title: 'expires' },
            { title: 'node', least: 16 },
            { title: 'detail', least: 12 },
          ],
          requests.map((request) => [
            request.state === 'alarm' ? { text: request.state, colour: 'red' } : request.state,
            request.organisation.name,
            request.invite,
            minuteOf(request.expires),
            request.node ?? '',
            request.detail,
          ]),
          'no invite was made yet',
          style,
        ),
    }
  },
})
