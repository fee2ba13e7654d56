import { type Command, defineCommand } from '../command.ts'
import { connect } from '../connect.ts'
import { ASKING_OPTIONS } from '../home-options.ts'
import { minuteOf } from '../output/records-table.ts'
import { renderList } from '../output/table.ts'
import { present } from '../present.ts'

/** `intelmesh quarantine` */
export const quarantineCommand: Command = defineCommand({
  name: 'quarantine',
  summary: 'list what was refused and why, newest first',
  args: [],
  options: {
    limit: { kind: 'whole', value: 'N', summary: 'at most so many (default 100)' },
    ...ASKING_OPTIONS,
  },
  examples: [{ line: 'intelmesh quarantine --limit 20', about: 'The last 20 things that did not get in:' }],
  async run({ options }, context) {
    await using node = await connect(options, context)
    const rows = await node.api.quarantine(present({ limit: options.limit }))
    return {
      data: rows,
      text: (style) =>
        renderList(
          [
            { title: 'at' },
            { title: 'code' },
            { title: 'from', least: 16 },
            { title: 'what', least: 16 },
            { title: 'detail', least: 16 },
          ],
          rows.map((row) => [minuteOf(row.at), row.code, row.from, row.what, row.detail]),
          'nothing was refused',
          style,
        ),
    }
  },
})
