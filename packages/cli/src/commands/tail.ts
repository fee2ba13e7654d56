import { type Command, defineCommand } from '../command.ts'
import { connectRunning } from '../connect.ts'
import { API_OPTION, HOME_OPTION, JSON_OPTION, TOKEN_FILE_OPTION } from '../home-options.ts'
import { labelCell } from '../output/records-table.ts'
import { printable } from '../output/printable.ts'
import { paint, styleOf } from '../output/style.ts'

/** `intelmesh tail` */
export const tailCommand: Command = defineCommand({
  name: 'tail',
  summary: 'print records as they arrive, until stopped',
  about: ['Needs a running node. With --json, one JSON document a line.'],
  args: [],
  options: {
    json: { ...JSON_OPTION, summary: 'print one JSON document a line' },
    home: HOME_OPTION,
    api: API_OPTION,
    'token-file': TOKEN_FILE_OPTION,
  },
  examples: [
    { line: 'intelmesh tail', about: 'Watch what the cluster says:' },
    { line: 'intelmesh tail --json | jq -r .stixId', about: 'Only the ids:' },
  ],
  async run({ options }, context) {
    await using node = await connectRunning(options, context)
    const { out } = context.terminal
    const style = styleOf(out, context.environment)
    for await (const record of node.api.tail(context.signal)) {
      if (options.json) {
        out.write(`${JSON.stringify(record)}\n`)
        continue
      }
      const label = labelCell(record.tlp)
      const tlp = typeof label === 'string' ? label : paint(style, label.colour, label.text)
      out.write(
        `${record.arrived.slice(11, 19)}  ${tlp}  ${printable(`${record.organisation.name}: ${record.type} ${record.summary}`)}\n`,
      )
    }
    return {}
  },
})
