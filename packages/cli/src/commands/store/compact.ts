import { type Command, defineCommand } from '../../command.ts'
import { connect } from '../../connect.ts'
import { ASKING_OPTIONS } from '../../home-options.ts'
import { sizeText } from '../../output/backup.ts'

/** `intelmesh store compact` */
export const compactCommand: Command = defineCommand({
  name: 'compact',
  summary: 'rewrite the files of the store, so that what is gone takes no room',
  about: [
    'LevelDB does so by itself, little by little. This does all of it now, and takes as much free room as the largest files. The node may run meanwhile.',
  ],
  args: [],
  options: ASKING_OPTIONS,
  examples: [{ line: 'intelmesh store compact', about: 'After a week in which much expired:' }],
  async run({ options }, context) {
    await using node = await connect(options, context)
    const result = await node.api.compactStore()
    return {
      data: result,
      text: () => `${sizeText(result.before)} before, ${sizeText(result.after)} now\n`,
    }
  },
})
