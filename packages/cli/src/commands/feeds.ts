import { type Command, defineCommand } from '../command.ts'
import { connect } from '../connect.ts'
import { ASKING_OPTIONS } from '../home-options.ts'
import { minuteOf } from '../output/records-table.ts'
import { renderList } from '../output/table.ts'

/** `intelmesh feeds` */
export const feedsCommand: Command = defineCommand({
  name: 'feeds',
  summary: 'list the feeds that this node publishes',
  args: [],
  options: ASKING_OPTIONS,
  examples: [{ line: 'intelmesh feeds', about: 'How much is in them, and when they last came:' }],
  async run({ options }, context) {
    await using node = await connect(options, context)
    const feeds = await node.api.feeds()
    const columns = [{ title: 'feed', least: 12 }, { title: 'objects' }, { title: 'last run' }]
    const rows = feeds.map(({ name, objects, at }) => [name, String(objects), minuteOf(at)])
    const none = 'no feed: `intelmesh publish FILE --tlp L --feed NAME` makes one'
    return { data: feeds, text: (style) => renderList(columns, rows, none, style) }
  },
})
