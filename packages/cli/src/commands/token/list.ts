import type { TokenView } from '@intelmesh/node'
import { type Command, defineCommand } from '../../command.ts'
import { connect } from '../../connect.ts'
import { ASKING_OPTIONS } from '../../home-options.ts'
import { dayOf, labelCell, minuteOf } from '../../output/records-table.ts'
import type { Colour } from '../../output/style.ts'
import { renderList } from '../../output/table.ts'

/** `intelmesh token list` */
export const listCommand: Command = defineCommand({
  name: 'list',
  summary: 'list the tokens of the node, newest first, and when each was last used',
  args: [],
  options: ASKING_OPTIONS,
  examples: [{ line: 'intelmesh token list', about: 'Who has access:' }],
  async run({ options }, context) {
    await using node = await connect(options, context)
    const tokens = await node.api.tokens()
    return {
      data: tokens,
      text: (style) =>
        renderList(
          [
            { title: 'id' },
            { title: 'person', least: 12 },
            { title: 'scope' },
            { title: 'tlp' },
            { title: 'state' },
            { title: 'expires' },
            { title: 'last used', least: 11 },
          ],
          tokens.map((token) => [
            token.id,
            token.person,
            token.scopes.at(-1) ?? '',
            labelCell(token.clearance),
            { text: token.state, colour: COLOURS[token.state] },
            dayOf(token.expires),
            token.lastUsed === undefined ? 'never' : minuteOf(token.lastUsed),
          ]),
          'there are no tokens',
          style,
        ),
    }
  },
})

const COLOURS: Readonly<Record<TokenView['state'], Colour>> = {
  active: 'green',
  expired: 'yellow',
  revoked: 'red',
}
