import type { RepairedHome } from '@intelmesh/node'
import { type Command, defineCommand } from '../../command.ts'
import { homeOf } from '../../connect.ts'
import { HOME_OPTION, JSON_OPTION } from '../../home-options.ts'
import { printable } from '../../output/printable.ts'
import { createProgress } from '../../output/progress.ts'
import { renderFields } from '../../output/table.ts'
import type { Style } from '../../output/style.ts'

/** `intelmesh store repair` */
export const repairCommand: Command = defineCommand({
  name: 'repair',
  summary: 'put a damaged store together again',
  about: [
    'Reads every row. Where the store is whole it changes nothing. Otherwise it puts the damaged one aside, saves every record, certificate and note that is as it was written, and builds indexes and trees anew. What is lost comes back from other members once the node runs. The node must not run meanwhile.',
    'An ACO signs no more afterwards until `intelmesh aco resume`: it has to hear from its members first how far it had come.',
  ],
  args: [],
  options: { json: JSON_OPTION, home: HOME_OPTION },
  examples: [{ line: 'intelmesh store repair --home /var/lib/intelmesh', about: 'With the node stopped:' }],
  async run({ options }, context) {
    const { repairHome } = await context.loadNode()
    const progress = createProgress(context.terminal.err, context.now)
    const repaired = await repairHome(homeOf(options, context), context.signal, (records) =>
      progress.show(`${records} records saved`),
    ).finally(() => progress.clear())
    return { data: repaired, text: (style) => renderRepaired(repaired, style) }
  },
})

function renderRepaired({ rows, healed }: RepairedHome, style: Style): string {
  if (healed === undefined) return `All ${rows ?? 0} rows are as they were written: nothing to mend.\n`
  const unreadable = Object.entries(healed.unreadable).map(([table, count]) => `${table} ${count}`)
  return renderFields(
    [
      ['damage', healed.reason],
      ['saved', `${healed.records} records, ${healed.control} control objects`],
      [
        'lost',
        healed.lost === 0 ? 'no record that is known' : `${healed.lost} records: members give them back`,
      ],
      ...(unreadable.length === 0 ? [] : [['unreadable', unreadable.join(', ')] as const]),
      ...(healed.aside === undefined ? [] : [['damaged one', printable(healed.aside)] as const]),
      ...(healed.operatorKeyAside === undefined
        ? []
        : [
            [
              'operator key',
              `${printable(healed.operatorKeyAside)}: run the node, then intelmesh aco resume`,
            ] as const,
          ]),
    ],
    style,
  )
}
