import { type Command, defineCommand } from '../../command.ts'
import { connect } from '../../connect.ts'
import { ASKING_OPTIONS } from '../../home-options.ts'
import { printable } from '../../output/printable.ts'

/** `intelmesh token revoke` */
export const revokeCommand: Command = defineCommand({
  name: 'revoke',
  summary: 'end a token now',
  about: ['Requests and streams that are under way with it end as well.'],
  args: [{ name: 'ID', summary: 'the id that `token list` shows, or the word after imt_ in the token' }],
  options: ASKING_OPTIONS,
  examples: [{ line: 'intelmesh token revoke 0f1e2d3c4b5a6978', about: 'Somebody has left:' }],
  async run({ options, args: [id = ''] }, context) {
    await using node = await connect(options, context)
    const token = await node.api.revokeToken(id)
    return {
      data: token,
      text: () => `Token ${token.id} of ${printable(token.person)} opens nothing any more.\n`,
    }
  },
})
