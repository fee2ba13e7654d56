import { type Command, defineCommand } from '../command.ts'
import { connectRunning } from '../connect.ts'
import { API_OPTION, HOME_OPTION, JSON_OPTION, TOKEN_FILE_OPTION } from '../home-options.ts'
import { minuteOf } from '../output/records-table.ts'
import { renderList } from '../output/table.ts'

/** `intelmesh peers` */
export const peersCommand: Command = defineCommand({
  name: 'peers',
  summary: 'list who is connected, under which certificate',
  about: ['Needs a running node.'],
  args: [],
  options: { json: JSON_OPTION, home: HOME_OPTION, api: API_OPTION, 'token-file': TOKEN_FILE_OPTION },
  examples: [{ line: 'intelmesh peers', about: 'Who this node talks to now:' }],
  async run({ options }, context) {
    await using node = await connectRunning(options, context)
    const peers = await node.api.peers()
    return {
      data: peers,
      text: (style) =>
        renderList(
          [
            { title: 'organisation', least: 12 },
            { title: 'node', least: 8 },
            { title: 'direction' },
            { title: 'address', least: 10 },
            { title: 'certificate', least: 10 },
            { title: 'standing' },
            { title: 'expires', least: 11 },
          ],
          peers.map((peer) => [
            peer.organisation.name,
            peer.node,
            peer.direction,
            peer.address,
            peer.certificate,
            peer.standing,
            minuteOf(peer.certificateExpires),
          ]),
          'nobody is connected',
          style,
        ),
    }
  },
})
