import { type Command, defineCommand } from '../../command.ts'
import { connect } from '../../connect.ts'
import { ASKING_OPTIONS } from '../../home-options.ts'
import { createProgress } from '../../output/progress.ts'

/** `intelmesh store verify` */
export const verifyCommand: Command = defineCommand({
  name: 'verify',
  summary: 'read every row of the store and compare it with what was written',
  about: [
    'Finds what a disk forgot. It works beside a running node, which goes on meanwhile, and on a home without one. Exits 1 with STORE_DAMAGED at the first row that is not as it was written: then `intelmesh store repair` mends it.',
  ],
  args: [],
  options: ASKING_OPTIONS,
  examples: [{ line: 'intelmesh store verify --home /var/lib/intelmesh', about: 'From cron, once a month:' }],
  async run({ options }, context) {
    const progress = createProgress(context.terminal.err, context.now)
    await using node = await connect(options, context)
    let rows = 0
    try {
      for await (const each of node.api.verifyStore(context.signal)) {
        rows = each.rows
        progress.show(`${rows} rows`)
      }
    } finally {
      progress.clear()
    }
    return { data: { rows }, text: () => `All ${rows} rows are as they were written.\n` }
  },
})
